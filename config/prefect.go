package config

import "fmt"

// Prefect says which API the worker polls.
type Prefect struct {
	WorkPool string `yaml:"workPool"`

	// APIURL is the API of a self-hosted server, http(s)://host:4200/api.
	// Empty: Prefect Cloud, by account and workspace. Without a value and
	// exposed as a variable: must be given.
	APIURL      *string `yaml:"apiUrl"`
	AccountID   string  `yaml:"accountId"`   // UUID
	WorkspaceID string  `yaml:"workspaceId"` // UUID
}

func (e *Environment) checkPrefect(c checker) {
	p := e.Prefect
	c.text("prefect.accountId", p.AccountID, orEmpty(uuid))
	c.text("prefect.workspaceId", p.WorkspaceID, orEmpty(uuid))
	switch {
	case p.APIURL == nil && !e.exposes("prefect.apiUrl"):
		c.fail("prefect.apiUrl", fmt.Errorf("got no value and no variable that exposes it, want %s, or \"\" for Prefect Cloud by account and workspace", APIURLWanted))
	case p.APIURL != nil:
		c.text("prefect.apiUrl", *p.APIURL, orEmpty(apiURL))
	}
	cloud := p.APIURL != nil && *p.APIURL == ""
	if cloud && p.AccountID == "" && !e.exposes("prefect.accountId") {
		c.fail("prefect.accountId", fmt.Errorf("got no value, want %s", UUIDWanted))
	}
	if cloud && p.WorkspaceID == "" && !e.exposes("prefect.workspaceId") {
		c.fail("prefect.workspaceId", fmt.Errorf("got no value, want %s", UUIDWanted))
	}
}
