package settings

import "strings"

// Prefect says which API the worker polls.
type Prefect struct {
	// WorkPool is the work pool that the worker polls.
	WorkPool string `yaml:"workPool" rule:"workPool" variable:"Prefect work pool from which the worker fetches and executes flows."`

	// APIURL is the API of a self-hosted server, http(s)://host:4200/api.
	// Empty: Prefect Cloud, by account and workspace. Without a value and
	// exposed as a variable: must be given.
	APIURL *string `yaml:"apiUrl" rule:"apiURL,optional" variable:"URL of your Prefect API endpoint. Usually left empty for Prefect Cloud; used only for custom/self-hosted setups."`

	// WorkPoolManagement creates each worker's work pool, or updates it, before
	// the worker starts: a container with the same image sets the defaults of the
	// pool's variables to the values that flow runs need from this stack, and
	// changes nothing else in the pool. Workers then never create a pool
	// themselves. Needs worker.type and an image with Prefect 3.6.23 or newer.
	WorkPoolManagement bool `yaml:"workPoolManagement"`

	// AccountID of Prefect Cloud.
	AccountID string `yaml:"accountId" rule:"uuid,optional" variable:"Account ID from Prefect Cloud."`

	// WorkspaceID of Prefect Cloud.
	WorkspaceID string `yaml:"workspaceId" rule:"uuid,optional" variable:"Workspace ID from Prefect Cloud."`
}

// WorkPoolContainer is the name of the container that prepares the work pool.
const WorkPoolContainer = "prepare-work-pool"

// SelfHosted says whether the API is surely not Prefect Cloud's.
func (p *Prefect) SelfHosted() bool {
	return p.APIURL != nil && *p.APIURL != "" && !strings.Contains(*p.APIURL, "://api.prefect.cloud/")
}
