package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (e *Environment) checkPrefect() {
	p := &e.Prefect
	if p.APIURL == nil {
		if !e.exposes(&p.APIURL) {
			e.Fail(&p.APIURL, "got no value and no variable that exposes it, want %s, or \"\" for Prefect Cloud by account and workspace", settings.Rules["apiURL"].Wanted)
		}
		return
	}
	if cloudURL.MatchString(*p.APIURL) && !cloudAPI.MatchString(*p.APIURL) && !e.Wrong(&p.APIURL) {
		e.Fail(&p.APIURL, "got %q, want an account's and a workspace's id in it: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace>", *p.APIURL)
	}
	for _, id := range []*string{&p.AccountID, &p.WorkspaceID} {
		if *p.APIURL == "" && *id == "" && !e.exposes(id) {
			e.Fail(id, "got no value, want %s", settings.Rules["uuid"].Wanted)
		}
	}
}

var (
	cloudURL = regexp.MustCompile(`^https?://api\.(private\.)?prefect\.cloud(:\d+)?/`)
	cloudAPI = regexp.MustCompile(`/api/accounts/[^/]+/workspaces/[^/]+/?$`)
)

// apiURLChecks are what Terraform checks of the API's URL where it is made of
// variables of which some may be left out. Only the preset's own variables alone may all be
// left out, as documented: that deployment plans without a value for any.
func (e *Environment) apiURLChecks() []Validation {
	p := &e.Prefect
	url := e.variable(&p.APIURL)
	if p.APIURL == nil || *p.APIURL != "" && url == "" || !e.saysAPI() {
		return nil
	}
	var given, missing []string
	for _, id := range []*string{&p.AccountID, &p.WorkspaceID} {
		if name := e.variable(id); name != "" {
			given, missing = append(given, "var."+name+` != ""`), append(missing, name)
		}
	}
	if given == nil {
		return nil // checkPrefect wants both in the file
	}
	condition, words := strings.Join(given, " && "), strings.Join(missing, " and ")
	if url != "" {
		condition, words = "var."+url+` != "" || (`+condition+")", words+", or "+url+" for a server of your own"
	}
	return []Validation{{"${" + condition + "}", "The Prefect API's URL would have an empty account or workspace: give " + words + "."}}
}

// warnOfAPI: a variable that is empty by default passes every check but the plan's, or
// leaves a URL without an account.
func (e *Environment) warnOfAPI(warn doubt) {
	p := &e.Prefect
	url, account, workspace := e.variable(&p.APIURL), e.variable(&p.AccountID), e.variable(&p.WorkspaceID)
	none := p.APIURL == nil && !e.Terraform.PromptForVariables // else Terraform asks for it
	empty := p.APIURL != nil && *p.APIURL == "" && (p.AccountID == "" && account != "" || p.WorkspaceID == "" && workspace != "")
	if !none && !empty || url != "" && len(e.withoutNAT()) > 0 { // then warnOfNetwork says which URL is to be given
		return
	}
	var given []string
	if url != "" {
		given = append(given, "-var "+url+"=…")
	}
	if account != "" && workspace != "" {
		given = append(given, "-var "+account+"=… -var "+workspace+"=…")
	}
	warn(&p.APIURL, "no API URL by default: set prefect.apiUrl in this file, or give %s", strings.Join(given, ", or "))
}

// saysAPI says whether the file itself says anything of the API's URL.
func (e *Environment) saysAPI() bool {
	settings := []string{e.Path(&e.Prefect.APIURL), e.Path(&e.Prefect.AccountID), e.Path(&e.Prefect.WorkspaceID)}
	for name, setting := range e.Terraform.Variables {
		if slices.Contains(settings, setting) && e.has("terraform.variables."+name) {
			return true
		}
	}
	return slices.ContainsFunc(settings, e.has)
}

// checkWorkPools wants of each worker what its pool is made with. What an
// additional worker has from the first one is said once.
func (e *Environment) checkWorkPools() {
	if !e.Prefect.WorkPoolManagement {
		return
	}
	types := map[string]string{}
	for _, w := range e.Workers() {
		own := e.ownOf(w)
		switch first := types[w.WorkPool]; {
		case w.Type == "" && own(&w.Type):
			e.Fail(&w.Type, "got no value, want ecs or process: prefect.workPoolManagement creates the pool with it")
		case first == "":
			types[w.WorkPool] = w.Type
		case first != w.Type && w.Type != "" && !e.Wrong(&w.Type):
			e.Fail(&w.Type, "got %q with the work pool %s, which another worker creates with type %s; want a separate workPool", w.Type, w.WorkPool, first)
		}
		// That it has none with crashEvents is refused already.
		if w.Type == settings.TypeECS && w.Permissions == settings.PermissionsNone && e.CrashEvents == nil && own(&w.Permissions) {
			e.Fail(&w.Permissions, "got none with prefect.workPoolManagement true, whose flow runs a worker of type ecs starts with a task role; set %s: least-privilege", e.Path(&w.Permissions))
		}
		if withOldPrefect(w.Image) && own(&w.Image) {
			e.Fail(&w.Image, "got %q with prefect.workPoolManagement true, want Prefect 3.6.23 or newer in it, whose workers can leave pools to the stack, such as prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1", w.Image)
		}
		if w.ContainerName == settings.WorkPoolContainer {
			e.Fail(&w.ContainerName, "got %q with prefect.workPoolManagement true, whose container has that name; want another", w.ContainerName)
		}
	}
}

// prefectInTag finds the version of Prefect that an image's tag names:
// prefecthq/prefect:3.6.28-python3.12, or …:X-python3.12-prefect3.6.28.
var prefectInTag = regexp.MustCompile(`(?:-prefect|^(?:docker\.io/)?prefecthq/prefect:)(\d+)(?:\.(\d+))?(?:\.(\d+))?`)

// withOldPrefect: --no-create-pool-if-not-found came with Prefect 3.6.23.
func withOldPrefect(image string) bool {
	m := prefectInTag.FindStringSubmatch(image)
	for i, oldest := range []int{3, 6, 23} {
		if m == nil || m[i+1] == "" {
			return false
		}
		if n, _ := strconv.Atoi(m[i+1]); n != oldest {
			return n < oldest
		}
	}
	return false
}
