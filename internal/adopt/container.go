package adopt

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// command is what a worker's command says, as far as it is a setting.
type command struct {
	pool, kind      string
	queues          []string
	limit, prefetch int
	healthCheck     bool
	rest            []string // what is no setting
}

// parseCommand reads the options of prefect worker start.
// https://docs.prefect.io/v3/api-ref/cli/worker
func parseCommand(words []string) command {
	var c command
	at := slices.Index(words, "start")
	if at < 0 {
		c.rest = words
		return c
	}
	for i := at + 1; i < len(words); i++ {
		option, value, joined := strings.Cut(words[i], "=")
		take := func() string {
			if !joined && i+1 < len(words) {
				i++
				return words[i]
			}
			return value
		}
		switch option {
		case "--pool", "-p":
			c.pool = take()
		case "--type", "-t":
			c.kind = take()
		case "--work-queue", "-q":
			c.queues = append(c.queues, take())
		case "--limit", "-l":
			c.limit, _ = strconv.Atoi(take())
		case "--prefetch-seconds":
			c.prefetch, _ = strconv.Atoi(take())
		case "--with-healthcheck":
			c.healthCheck = true
		default:
			c.rest = append(c.rest, words[i])
		}
	}
	return c
}

// environment is a container's variables.
func environment(c map[string]any) map[string]string {
	all := map[string]string{}
	for _, e := range objects(c["environment"]) {
		all[textOf(e["name"])] = textOf(e["value"])
	}
	return all
}

// secrets are the variables that ECS reads elsewhere.
func secrets(c map[string]any) map[string]string {
	all := map[string]string{}
	for _, e := range objects(c["secrets"]) {
		all[textOf(e["name"])] = textOf(e["valueFrom"])
	}
	return all
}

func logOptions(c map[string]any) (driver string, options map[string]any) {
	all := objects(c["logConfiguration"])
	if len(all) == 0 {
		return "", nil
	}
	options, _ = all[0]["options"].(map[string]any)
	return textOf(all[0]["logDriver"]), options
}

var cloudURL = regexp.MustCompile(`^https://api\.prefect\.cloud/api/accounts/([0-9a-f-]{36})/workspaces/([0-9a-f-]{36})$`)

// credential tells a variable whose value belongs in no file.
var credentialName = regexp.MustCompile(`(?i)(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|ACCESS_KEY_ID|PRIVATE_KEY|AUTH_STRING|CREDENTIALS?|CONNECTION_URL|DSN)$`)
var credentialValue = regexp.MustCompile(`pn[ub]_[0-9A-Za-z]{8,}|://[^/\s"@]+:[^/\s"@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b`)

func isCredential(name, value string) bool {
	return value != "" && (credentialName.MatchString(name) || credentialValue.MatchString(value))
}
