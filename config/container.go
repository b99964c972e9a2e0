package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// HealthCheck asks the worker's own health server (prefect worker start
// --with-healthcheck), which answers 503 once the worker has stopped polling.
// A setting left out has the value given here.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
type HealthCheck struct {
	IntervalSeconds    int `yaml:"intervalSeconds"`    // 30
	TimeoutSeconds     int `yaml:"timeoutSeconds"`     // 5
	Retries            int `yaml:"retries"`            // 3
	StartPeriodSeconds int `yaml:"startPeriodSeconds"` // 60; more where the image installs packages as it starts
}

// UnmarshalYAML fills in what is left out.
func (h *HealthCheck) UnmarshalYAML(node *yaml.Node) error {
	type plain HealthCheck
	return decodeOver(node, h, HealthCheck{IntervalSeconds: 30, TimeoutSeconds: 5, Retries: 3, StartPeriodSeconds: 60},
		func(h *HealthCheck) *plain { return (*plain)(h) })
}

func (h *HealthCheck) check(c checker, path string) {
	c.number(path+".intervalSeconds", h.IntervalSeconds, 5, 300)
	c.number(path+".timeoutSeconds", h.TimeoutSeconds, 2, 60)
	c.number(path+".retries", h.Retries, 1, 10)
	c.number(path+".startPeriodSeconds", h.StartPeriodSeconds, 0, 300)
}

// healthPort is the variable that moves the worker's health server.
const healthPort = "PREFECT_WORKER_WEBSERVER_PORT"

// HealthPort is the port of the worker's health server.
func (w *Worker) HealthPort() int {
	if port, err := strconv.Atoi(w.Environment[healthPort]); err == nil {
		return port
	}
	return 8080
}

// WritableDir is where a container with a read-only root file system, or with
// a user that has no home, may write: Prefect's home and temporary files.
const WritableDir = "/tmp"

// HomeEnvironment lets Prefect write where it may.
func (w *Worker) HomeEnvironment() map[string]string {
	if !w.ReadonlyRootFilesystem && w.User == "" {
		return nil
	}
	return map[string]string{"HOME": WritableDir, "PREFECT_HOME": WritableDir + "/.prefect"}
}

func (w *Worker) checkContainer(c checker, path string) {
	c.text(path+".image", w.Image, image)
	if w.HealthCheck != nil {
		w.HealthCheck.check(c, path+".healthCheck")
	}
	if w.StopTimeoutSeconds != 0 {
		c.number(path+".stopTimeoutSeconds", w.StopTimeoutSeconds, 2, 120)
	}
	c.text(path+".user", w.User, orEmpty(containerUser))
	for _, name := range sortedKeys(w.Environment) {
		at, value := path+".environment."+name, w.Environment[name]
		c.text(at, name, envName)
		switch name {
		case "PREFECT_API_URL":
			c.fail(at, fmt.Errorf("set here, want prefect.apiUrl: the task definition would have it twice"))
		case APIKeyName, AuthStringName:
			c.fail(at, fmt.Errorf("set here, want the secret: task definitions are readable by everyone who may describe them"))
		case healthPort:
			c.fail(at, portNumber(value))
		case "HOME", "PREFECT_HOME":
			if w.ReadonlyRootFilesystem && !strings.HasPrefix(value+"/", WritableDir+"/") {
				c.fail(at, fmt.Errorf("got %q with readonlyRootFilesystem true, want a folder in %s: nothing else can be written to", value, WritableDir))
			}
		case "EXTRA_PIP_PACKAGES":
			// The images' entry point installs into the system's Python.
			if w.ReadonlyRootFilesystem || w.User != "" {
				c.fail(at, errors.New("set with readonlyRootFilesystem or user, want an image that has the packages: they cannot be installed as the container starts"))
			}
		}
	}
}

// containerUser: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
func containerUser(value string) error {
	user, _, _ := strings.Cut(value, ":")
	if user == "0" || user == "root" {
		return fmt.Errorf("got %q, want a user without root's rights such as 1000:1000, or nothing to leave it to the image", value)
	}
	return pattern(`[a-zA-Z0-9_][a-zA-Z0-9_.-]*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?`, 255, "a user, or user:group, by number or name, such as 1000:1000")(value)
}

func portNumber(value string) error {
	if port, err := strconv.Atoi(value); err != nil || port < 1 || port > 65535 {
		return fmt.Errorf("got %q, want a port from 1 to 65535", value)
	}
	return nil
}

// checkSecrets checks the variables whose values ECS reads when a task starts.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
func (w *Worker) checkSecrets(c checker, path string) {
	for _, name := range sortedKeys(w.Secrets) {
		at := path + ".secrets." + name
		c.text(at, name, envName)
		c.fail(at, secretOrParameterARN(w.Secrets[name]))
		switch name {
		case APIKeyName, AuthStringName:
			c.fail(at, errors.New("set here, want the section secret: the task definition would have it twice"))
		case "PREFECT_API_URL":
			c.fail(at, errors.New("set here, want prefect.apiUrl: the task definition would have it twice"))
		}
		if _, ok := w.Environment[name]; ok {
			c.fail(at, errors.New("set in environment too, want one of them"))
		}
	}
}

var parameterARN = regexp.MustCompile(`^arn:aws(-[a-z]+)*:ssm:[a-z]{2}(-[a-z]+)+-[0-9]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+$`)

func secretOrParameterARN(value string) error {
	if parameterARN.MatchString(value) || secretARN(value) == nil {
		return nil
	}
	return fmt.Errorf("got %q, want %s, or a parameter's, arn:aws:ssm:<region>:<12 digits>:parameter/<name>", value, SecretARNWanted)
}

// SecretARNs are the ARNs behind the workers' secrets as IAM takes them, without
// ":json-key:stage:version", by service: "secretsmanager" and "ssm".
func (e *Environment) SecretARNs() map[string][]string {
	seen := map[string]map[string]bool{}
	for _, v := range e.Views() {
		for _, arn := range v.Worker.Secrets {
			if secretOrParameterARN(arn) != nil {
				continue // reported where it stands
			}
			parts := strings.Split(arn, ":")
			service := parts[2]
			if service == "secretsmanager" {
				arn = strings.Join(parts[:7], ":")
			}
			if seen[service] == nil {
				seen[service] = map[string]bool{}
			}
			seen[service][arn] = true
		}
	}
	all := map[string][]string{}
	for service, arns := range seen {
		all[service] = sortedKeys(arns)
	}
	return all
}

// ExecuteCommandEnabled says whether any worker can be entered with ECS Exec,
// for which its task role needs ssmmessages.
func (e *Environment) ExecuteCommandEnabled() bool {
	return e.anyWorker(func(w *Worker) bool { return w.EnableExecuteCommand })
}

// OpenTelemetryEnabled says whether any worker has a collector beside it, for
// which its task role needs X-Ray and CloudWatch.
func (e *Environment) OpenTelemetryEnabled() bool {
	return e.anyWorker(func(w *Worker) bool { return w.OpenTelemetry != nil })
}
