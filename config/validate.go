package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checker checks one environment's settings by path.
type checker struct {
	*problems
	file  *file
	wrong map[string]bool // settings reported already

	// silent are settings whose faults are another's; nil: none.
	silent func(path string) bool
}

func newChecker(f *file) checker { return checker{new(problems), f, map[string]bool{}, nil} }

func (c checker) fail(path string, err error) {
	if err != nil && (c.silent == nil || !c.silent(path)) {
		c.wrong[path] = true
		c.add(c.file.errorf(path, "%s", err))
	}
}

func (c checker) text(path, value string, r rule) { c.fail(path, r(value)) }

func (c checker) choice(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fail(path, errors.New(notOneOf(value, allowed)))
	}
}

func (c checker) number(path string, value, min, max int) {
	if value < min || value > max {
		c.fail(path, fmt.Errorf("got %d, want %d to %d", value, min, max))
	}
}

// name checks a setting in which braces are allowed by what it becomes, unless
// a setting it refers to is wrong itself.
func (c checker) name(e *Environment, path, value string, r rule) {
	if err := checkBraces(value); err != nil {
		c.fail(path, err)
		return
	}
	if strings.Contains(value, "{number}") && !strings.HasPrefix(path, "network.nameTags.") {
		c.fail(path, fmt.Errorf("got %q, want no {number}: it counts what there is one of in each zone, in network.nameTags", value))
		return
	}
	for _, match := range braces.FindAllStringSubmatch(value, -1) {
		if c.wrong[match[1]] {
			return
		}
	}
	expanded := e.Expand(value)
	err := r(expanded)
	if err != nil && expanded != value {
		err = fmt.Errorf("%q becomes %q: %w", value, expanded, err)
	}
	c.fail(path, err)
}

// validate reports every setting that AWS, Prefect or Terraform would refuse
// or ignore.
func (e *Environment) validate() error {
	c := newChecker(e.file)
	if e.Kind != KindWorker {
		c.fail("kind", errors.New(notOneOf(e.Kind, []string{KindWorker, KindStateBackend, KindGitHubActions})))
	}
	if e.file.preset == nil {
		c.fail("preset", fmt.Errorf("missing, want the base of this file: %s", strings.Join(PresetNames(), ", ")))
		return c.err()
	}
	c.text("stack", e.Stack, stackName)
	c.text("region", e.Region, region)
	c.text("nameTag", e.NameTag, nameTag)
	c.text("cluster.name", e.Cluster.Name, ecsName)
	c.text("prefect.workPool", e.Prefect.WorkPool, workPool)
	if e.Partition != "" {
		c.choice("partition", e.Partition, "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
	}
	e.checkTags(c)
	e.checkTerraform(c)
	e.checkNetwork(c)
	e.checkSecurityGroup(c)
	e.checkLogGroup(c)
	e.checkFlowRunLogGroup(c)
	e.checkTaskExecutionRole(c)
	e.checkSecret(c)
	e.checkRepository(c)
	e.checkCluster(c)
	e.checkServiceDiscovery(c)
	e.checkPrefect(c)
	e.checkWorker(c)
	e.checkAdditionalWorkers(c)
	e.checkIAM(c)
	e.checkCrashEvents(c)
	e.checkMonitoring(c)
	return c.err()
}
