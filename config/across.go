package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
)

// checkAcross applies the rules that span sections.
func (e *Environment) checkAcross() {
	e.checkPartition()
	e.checkTags()
	e.checkLockTable()
	e.checkVariables()
	e.checkOutputs()
	e.checkResourceNames()
	e.checkNetwork()
	e.checkCluster()
	e.checkReach()
	e.checkSecret()
	e.checkPrefect()
	e.checkRoles()
	e.checkIdentities()
	e.checkCrashEvents()
	e.checkFlowRunStrategy()
	e.checkLateRuns()
	e.checkSecretChanges()
	e.checkMonitoring()
	e.checkWorkers()
	e.checkWorkPools()
	e.checkNames()
}

func (e *Environment) checkPartition() {
	want := endpoints.AwsPartitionID
	if p, ok := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), e.Region); ok {
		want = p.ID()
	}
	if e.Partition != "" && e.Partition != want && !e.Wrong(&e.Partition) && !e.Wrong(&e.Region) {
		e.Fail(&e.Partition, "got %q with region %s, which is in %s; want that, or \"\" to read it from the account", e.Partition, e.Region, want)
	}
}

// checkTags: IAM takes one key for another that differs in case alone.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func (e *Environment) checkTags() {
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(e.Tags)) {
		lower := strings.ToLower(key)
		if first, ok := seen[lower]; ok {
			e.FailKey(&e.Tags, key, "got %q and %q, which differ only in case: IAM treats them as one key; remove one", first, key)
		}
		seen[lower] = key
		if e.Terraform.Provider.IgnoreTags.Ignores(key) {
			e.FailKey(&e.Tags, key, "set here and ignored by terraform.provider.ignoreTags, want one: each plan would add it again")
		}
	}
	if e.Terraform.Provider.IgnoreTags.Ignores("Name") {
		e.Fail(&e.Terraform.Provider.IgnoreTags, "got the tag Name, want others: each resource has one, which each plan would add again")
	}
}
