package config

import "github.com/prefect-ecs/prefect-ecs-worker/settings"

func (e *Environment) checkPrefect() {
	p := &e.Prefect
	if p.APIURL == nil {
		if !e.exposes(&p.APIURL) {
			e.Fail(&p.APIURL, "got no value and no variable that exposes it, want %s, or \"\" for Prefect Cloud by account and workspace", settings.Rules["apiURL"].Wanted)
		}
		return
	}
	for _, id := range []*string{&p.AccountID, &p.WorkspaceID} {
		if *p.APIURL == "" && *id == "" && !e.exposes(id) {
			e.Fail(id, "got no value, want %s", settings.Rules["uuid"].Wanted)
		}
	}
}
