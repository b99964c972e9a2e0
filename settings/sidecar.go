package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sidecar is a container next to the worker, or an init container before it, with the
// keys of ECS's container definitions. Containers of a task reach each other at
// localhost, without port mappings. An additional worker that leaves the list out
// inherits the first worker's.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type Sidecar struct {
	Name                  string                 `yaml:"name" rule:"ecsName"`                                // Unique in the task.
	Image                 string                 `yaml:"image" rule:"image"`                                 // Pulled by the task execution role.
	RepositoryCredentials *RepositoryCredentials `yaml:"repositoryCredentials"`                              // For a private registry other than ECR; null: none.
	EntryPoint            []string               `yaml:"entryPoint" braces:"text"`                           // Empty: the image's own.
	Command               []string               `yaml:"command" braces:"text"`                              // Empty: the image's own.
	Environment           map[string]string      `yaml:"environment" keys:"envName" braces:"text"`           // It gets none of the worker's variables.
	Secrets               map[string]string      `yaml:"secrets" keys:"envName" rule:"secretARN" hide:"yes"` // Variable → ARN of a secret (also …:json-key:stage:version) or of an SSM parameter, which the task execution role may then read.

	// Essential ends the task when this container ends, and ECS starts a new one.
	// AWS's own default is true.
	Essential bool `yaml:"essential"`

	DependsOn []ContainerDependency `yaml:"dependsOn"` // Empty: it starts at once.

	HealthCheck            *ContainerHealthCheck  `yaml:"healthCheck"`                                         // Of the container itself; null: the image's, which ECS does not see.
	CPU                    int                    `yaml:"cpu" rule:"range 0 16383"`                            // How many of the task's CPU units are reserved for it; 0: none.
	MemoryMiB              int                    `yaml:"memoryMiB" rule:"range 6 122879,optional"`            // The most of the task's memory that it may use; 0: no separate limit.
	MemoryReservationMiB   int                    `yaml:"memoryReservationMiB" rule:"range 6 122879,optional"` // How much of the task's memory is reserved for it; 0: memoryMiB.
	StopTimeoutSeconds     int                    `yaml:"stopTimeoutSeconds" rule:"range 2 120,optional"`      // From SIGTERM to SIGKILL; 0: AWS's default, 30.
	User                   string                 `yaml:"user" rule:"sidecarUser,optional"`                    // uid, uid:gid or names, also root; empty: the image's own.
	ReadonlyRootFilesystem bool                   `yaml:"readonlyRootFilesystem"`                              // It can write only to its volumes.
	MountPoints            []MountPoint           `yaml:"mountPoints"`                                         // Of worker.volumes.
	FirelensConfiguration  *FirelensConfiguration `yaml:"firelensConfiguration"`                               // Makes it the task's log router, which receives the output of containers with the driver awsfirelens.
	LogConfiguration       *LogConfiguration      `yaml:"logConfiguration"`                                    // null: to the log group.
}

// ContainerDependency is a container that another one waits for, and ends before.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
type ContainerDependency struct {
	ContainerName string `yaml:"containerName" rule:"ecsName"`                          // A sidecar, aws-otel-collector, or for a sidecar the worker's container.
	Condition     string `yaml:"condition" rule:"oneof START COMPLETE SUCCESS HEALTHY"` // It has started, has ended, has ended with exit code 0, or is healthy.
}

// ContainerHealthCheck is a command in a sidecar that says whether it is healthy.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
type ContainerHealthCheck struct {
	Command     []string `yaml:"command" braces:"text"` // CMD and the words of a command, or CMD-SHELL and a line for the image's shell.
	HealthCheck `yaml:",inline"`
}

// MountPoint is where a container sees a volume.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html
type MountPoint struct {
	SourceVolume  string `yaml:"sourceVolume" rule:"ecsName"`        // One of worker.volumes.
	ContainerPath string `yaml:"containerPath" rule:"containerPath"` // A folder.
	ReadOnly      bool   `yaml:"readOnly"`                           // The container cannot write to it.
}

// FirelensConfiguration makes a sidecar a log router, one for a task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html
type FirelensConfiguration struct {
	Type    string            `yaml:"type" default:"fluentbit" rule:"oneof fluentbit fluentd"` // What the image runs.
	Options map[string]string `yaml:"options" braces:"text"`                                   // enable-ecs-log-metadata, config-file-type (on Fargate, only file), config-file-value.
}

// LogConfiguration says where a container's output goes.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
type LogConfiguration struct {
	// LogDriver is awslogs, to the stack's log group; awsfirelens, to the sidecar
	// that is a log router; or splunk.
	LogDriver string `yaml:"logDriver" default:"awslogs" rule:"oneof awslogs awsfirelens splunk"`

	// Options of the driver. Of every driver: mode (blocking: a container waits when
	// its output is read too slowly; non-blocking: lines are dropped then) and
	// max-buffer-size (such as 25m), otherwise the account's defaults apply.
	Options map[string]string `yaml:"options" braces:"text"`

	SecretOptions map[string]string `yaml:"secretOptions" rule:"secretARN" hide:"yes"` // Option → ARN of a secret or of an SSM parameter, as in secrets.
}

// The log drivers of Fargate that have rules of their own.
const (
	AWSLogs     = "awslogs"
	AWSFirelens = "awsfirelens"
	splunk      = "splunk"
)

// WritableVolume is the one place that a container with a read-only root file
// system can write to; PrepareVolumeContainer opens volumes to the worker's user.
const (
	WritableVolume         = "tmp"
	PrepareVolumeContainer = "prepare-tmp"
)

// mostContainers of a task.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const mostContainers = 10

// LogDriver is where the worker's container writes to.
func (w *Worker) LogDriver() string {
	if w.LogConfiguration == nil {
		return AWSLogs
	}
	return w.LogConfiguration.LogDriver
}

// References are the ARNs of what ECS reads for the containers when a task starts,
// besides the key of the section secret, by the Go path of their setting: secrets,
// SSM parameters and environment files.
func (w *Worker) References() map[string]string {
	all := map[string]string{}
	add := func(path string, arns map[string]string) {
		for name, arn := range arns {
			all[fmt.Sprintf("%s[%q]", path, name)] = arn
		}
	}
	options := func(path string, l *LogConfiguration) {
		if l != nil {
			add(path+"LogConfiguration.SecretOptions", l.SecretOptions)
		}
	}
	credentials := func(path string, r *RepositoryCredentials) {
		if r != nil {
			all[path+"RepositoryCredentials.CredentialsParameter"] = r.CredentialsParameter
		}
	}
	for i, arn := range w.EnvironmentFiles {
		all[fmt.Sprintf("EnvironmentFiles[%d]", i)] = arn
	}
	add("Secrets", w.Secrets)
	credentials("", w.RepositoryCredentials)
	options("", w.LogConfiguration)
	for i := range w.Sidecars {
		at := fmt.Sprintf("Sidecars[%d].", i)
		add(at+"Secrets", w.Sidecars[i].Secrets)
		options(at, w.Sidecars[i].LogConfiguration)
		credentials(at, w.Sidecars[i].RepositoryCredentials)
	}
	return all
}

// Containers counts the task's containers.
func (w *Worker) Containers(workPoolManagement bool) int {
	n := 1 + len(w.Sidecars)
	for _, one := range []bool{w.OpenTelemetry != nil, workPoolManagement, w.OpensVolumes() != nil} {
		if one {
			n++
		}
	}
	return n
}

// TooManyContainers says what is wrong with their number, or nothing.
func (w *Worker) TooManyContainers(workPoolManagement bool) string {
	n := w.Containers(workPoolManagement)
	if n <= mostContainers {
		return ""
	}
	return fmt.Sprintf("got %d, which with the worker's container and those that other settings add are %d, want at most %d containers in a task", len(w.Sidecars), n, mostContainers)
}

// checkSidecars finds what ECS refuses of the containers of a task.
func (w *Worker) checkSidecars(c Checker) {
	cpu, memory := 0, 0
	if o := w.OpenTelemetry; o != nil {
		cpu, memory = o.CPU, o.MemoryMiB
	}
	var router *Sidecar
	for i := range w.Sidecars {
		s := &w.Sidecars[i]
		switch {
		case slices.ContainsFunc(w.Sidecars[:i], func(other Sidecar) bool { return other.Name == s.Name }):
			c.Fail(&s.Name, "got %q twice", s.Name)
		case w.ownContainer(s.Name):
			c.Fail(&s.Name, "got %q, which is a container of the task already, want another name", s.Name)
		}
		s.check(c)
		if r := s.FirelensConfiguration; r != nil && router != nil {
			c.Fail(&s.FirelensConfiguration, "set, but %s is the task's log router already, want one", router.Name)
		} else if r != nil {
			router = s
		}
		reserved := s.MemoryReservationMiB
		if reserved == 0 {
			reserved = s.MemoryMiB
		}
		if cpu += s.CPU; s.CPU > 0 && cpu >= w.CPU && !c.Wrong(&s.CPU) {
			c.Fail(&s.CPU, "got %d, which the containers before it make %d, want less than worker.cpu %d in all: the worker needs some", s.CPU, cpu, w.CPU)
		}
		if memory += reserved; reserved > 0 && memory >= w.MemoryMiB && !c.Wrong(&s.MemoryMiB) {
			c.Fail(&s.MemoryMiB, "got %d reserved, which the containers before it make %d, want less than worker.memoryMiB %d in all: the worker needs some", reserved, memory, w.MemoryMiB)
		}
		if s.MemoryMiB > 0 && s.MemoryReservationMiB > s.MemoryMiB {
			c.Fail(&s.MemoryReservationMiB, "got %d above memoryMiB %d, want at most that", s.MemoryReservationMiB, s.MemoryMiB)
		}
		s.LogConfiguration.check(c)
	}
	w.LogConfiguration.check(c)
	w.checkFirelens(c, router)
	w.checkDependencies(c)
	w.checkVolumes(c)
}

// ownContainer says whether the app creates a container of this name, or would with
// a setting.
func (w *Worker) ownContainer(name string) bool {
	return name == w.ContainerName || name == WorkPoolContainer || name == PrepareVolumeContainer || name == OpenTelemetryContainer && w.OpenTelemetry != nil
}

func (s *Sidecar) check(c Checker) {
	for name := range s.Environment {
		if credentials[strings.ToUpper(name)] != "" {
			c.FailKey(&s.Environment, name, "set here, want secrets, or the task role's permissions: task definitions are readable by everyone who may describe them")
		}
		if _, ok := s.Secrets[name]; ok {
			c.FailKey(&s.Secrets, name, "set in environment too, want one of them")
		}
	}
	if h := s.HealthCheck; h != nil {
		switch {
		case len(h.Command) == 0 || h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL":
			c.Fail(&h.Command, "got %q, want a list that begins with CMD or CMD-SHELL, such as [CMD-SHELL, curl -f http://localhost/health]", h.Command)
		case len(h.Command) == 1 || h.Command[0] == "CMD-SHELL" && len(h.Command) > 2:
			c.Fail(&h.Command, "got %q, want the words of a command after CMD, or one line after CMD-SHELL", h.Command)
		}
	}
	if f := s.FirelensConfiguration; f != nil {
		if t, ok := f.Options["config-file-type"]; ok && t != "file" {
			c.FailKey(&f.Options, "config-file-type", "got %q, want file: Fargate reads none from S3; build an image that has the file", t)
		}
		if l := s.LogConfiguration; l != nil && l.LogDriver == AWSFirelens {
			c.Fail(&l.LogDriver, "got awsfirelens for the log router itself, want awslogs: its own output would go round in a circle")
		}
	}
}

// stackOptions are those of awslogs that the stack's own settings say.
var stackOptions = map[string]string{
	"awslogs-group": "logGroup", "awslogs-region": "region", "awslogs-stream-prefix": "worker.logStreamPrefix", "awslogs-create-group": "logGroup",
}

// awslogsOptions are the others.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
var awslogsOptions = []string{"awslogs-datetime-format", "awslogs-multiline-pattern", "max-buffer-size", "mode"}

func (l *LogConfiguration) check(c Checker) {
	if l == nil || c.Wrong(&l.LogDriver) {
		return
	}
	for name, value := range l.Options {
		fail := func(format string, args ...any) { c.FailKey(&l.Options, name, format, args...) }
		_, secret := l.SecretOptions[name]
		switch {
		case secret:
			c.FailKey(&l.SecretOptions, name, "set in options too, want one of them")
		case l.LogDriver == AWSLogs && stackOptions[name] != "":
			fail("set here, want %s: it is the stack's log group that the task execution role writes to", stackOptions[name])
		case l.LogDriver == AWSLogs && !slices.Contains(awslogsOptions, name):
			fail("set with logDriver awslogs, want one of: %s", strings.Join(awslogsOptions, ", "))
		case name == "splunk-token":
			fail("set here, want secretOptions: task definitions are readable by everyone who may describe them")
		case name == "mode" && value != "blocking" && value != "non-blocking":
			fail("%s", NotOneOf(value, []string{"blocking", "non-blocking"}))
		case name == "max-buffer-size" && !bufferSize.MatchString(value):
			fail("got %q, want a size such as 25m", value)
		case name == "max-buffer-size" && l.Options["mode"] == "blocking":
			fail("set with mode blocking, want mode non-blocking, which has a buffer")
		}
	}
	if len(l.SecretOptions) > 0 && l.LogDriver == AWSLogs {
		c.Fail(&l.SecretOptions, "set with logDriver awslogs, which has none, want awsfirelens or splunk")
	}
	if l.LogDriver == splunk && l.Options["splunk-url"] == "" {
		c.Fail(&l.Options, "got no splunk-url with logDriver splunk, want the address of its HTTP event collector")
	}
	if l.LogDriver == splunk && l.SecretOptions["splunk-token"] == "" {
		c.Fail(&l.SecretOptions, "got no splunk-token with logDriver splunk, want the ARN of a secret with it")
	}
}

// checkFirelens: who writes to a log router needs one.
func (w *Worker) checkFirelens(c Checker, router *Sidecar) {
	if router != nil {
		return
	}
	all := []*LogConfiguration{w.LogConfiguration}
	for i := range w.Sidecars {
		all = append(all, w.Sidecars[i].LogConfiguration)
	}
	for _, l := range all {
		if l != nil && l.LogDriver == AWSFirelens {
			c.Fail(&l.LogDriver, "got awsfirelens without a log router, want a sidecar with firelensConfiguration")
		}
	}
}

// checkDependencies: ECS starts no task whose containers wait for each other, or
// for what never comes.
func (w *Worker) checkDependencies(c Checker) {
	type container struct {
		essential, healthCheck bool
		dependsOn              *[]ContainerDependency
	}
	all := map[string]container{w.ContainerName: {true, w.HealthCheck != nil, &w.ContainerDependsOn}}
	if w.OpenTelemetry != nil {
		all[OpenTelemetryContainer] = container{healthCheck: true, dependsOn: &[]ContainerDependency{}}
	}
	names := []string{w.ContainerName}
	for i := range w.Sidecars {
		s := &w.Sidecars[i]
		if _, twice := all[s.Name]; !twice {
			all[s.Name] = container{s.Essential, s.HealthCheck != nil, &s.DependsOn}
			names = append(names, s.Name)
		}
	}
	for _, name := range names {
		seen, list := map[string]bool{}, *all[name].dependsOn
		for i := range list {
			d := &list[i]
			other, known := all[d.ContainerName]
			switch {
			case c.Wrong(&d.ContainerName) || c.Wrong(&d.Condition):
			case !known:
				c.Fail(&d.ContainerName, "%s", NotOneOf(d.ContainerName, slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(n string) bool { return n == name })))
			case seen[d.ContainerName]:
				c.Fail(&d.ContainerName, "got %q twice", d.ContainerName)
			case d.Condition == "HEALTHY" && !other.healthCheck:
				c.Fail(&d.Condition, "got HEALTHY, but %s has no healthCheck, want one in it, or START", d.ContainerName)
			case (d.Condition == "SUCCESS" || d.Condition == "COMPLETE") && other.essential:
				c.Fail(&d.Condition, "got %s, but %s is essential, whose end ends the task; want essential false in it, or START", d.Condition, d.ContainerName)
			}
			seen[d.ContainerName] = true
		}
	}
	done := map[string]bool{}
	var follow func(name string, path []string)
	follow = func(name string, path []string) {
		if i := slices.Index(path, name); i >= 0 {
			c.Fail(all[name].dependsOn, "got containers that wait for each other: %s; want an order in which they can start", strings.Join(append(path[i:], name), " → "))
			return
		}
		if done[name] || all[name].dependsOn == nil {
			return
		}
		for _, d := range *all[name].dependsOn {
			follow(d.ContainerName, append(slices.Clone(path), name))
		}
		done[name] = true
	}
	for _, name := range names {
		follow(name, nil)
	}
}
