package config

import "fmt"

// OutputNames are the outputs a worker stack can have.
var OutputNames = []string{
	"ecs_cluster_arn", "ecs_service_name", "prefect_secret_arn", "secret_arn_local",
	"repository_url", "work_pool_variables", "put_secret_value_command", "redeploy_command",
}

// checkOutput refuses an output of something that the stack does not have.
func (e *Environment) checkOutput(name string) error {
	switch {
	case name == "repository_url" && e.Repository == nil:
		return fmt.Errorf("got %q, but repository is null; remove one of them", name)
	case name == "work_pool_variables" && e.Worker.Type == TypeProcess:
		return fmt.Errorf("got %q with worker.type process, whose work pool takes none of them; remove it", name)
	case name == "put_secret_value_command" && !(e.Secret.Create && e.Secret.ValueOutside()):
		return fmt.Errorf("got %q, but Terraform sets the secret's value or the secret is a given one; remove it, or set secret.create: true and secret.valueManagedBy: outside", name)
	}
	return nil
}
