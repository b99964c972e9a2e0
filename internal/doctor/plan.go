package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"
)

// planLimits are what Prefect Cloud takes a minute of an account, by its plan: the
// API has the plan, its page the limits. How many work pools or workers a plan
// allows neither says.
// https://docs.prefect.io/v3/concepts/rate-limits, read in November 2026
var planLimits = map[string]struct{ requests, logs int }{
	"hobby": {625, 2_000}, "starter": {1_250, 2_800}, "team": {2_500, 8_000}, "pro": {5_000, 40_000},
}

// requestsOfWorker are those that an idle worker makes a minute: it asks for work
// every 10 seconds, and says every 30 that it is alive.
// https://docs.prefect.io/v3/api-ref/settings-ref#workersettings
const requestsOfWorker = 6 + 2

const ratePage = "https://docs.prefect.io/v3/concepts/rate-limits"

// plan looks at the account's plan, and at what idle workers take of its limits.
func (p api) plan(ctx context.Context, tasks int) []Finding {
	workspace := strings.Index(p.url, "/workspaces/")
	if workspace < 0 || !strings.Contains(p.url, "/accounts/") {
		return nil // a self-hosted server has none
	}
	account := p
	account.url = p.url[:workspace]
	status, body, err := account.get(ctx, "/")
	var answer struct {
		Plan string `json:"plan_type"`
		Days int    `json:"run_retention_days"`
	}
	if err != nil || status != http.StatusOK || json.Unmarshal(body, &answer) != nil || answer.Plan == "" {
		return []Finding{{Unknown, "Prefect plan", "this key may not read the account's plan", "see Account Settings > Rate Limits in Prefect Cloud, and " + ratePage}}
	}
	return []Finding{planWith(answer.Plan, answer.Days, tasks)}
}

func planWith(plan string, days, tasks int) Finding {
	seen := plan
	if days > 0 {
		seen += ", keeps runs for " + english.Plural(days, "day", "")
	}
	limits, known := planLimits[strings.ToLower(plan)]
	if !known {
		return ok("Prefect plan", "%s; its limits are under Account Settings > Rate Limits", seen)
	}
	idle := tasks * requestsOfWorker
	seen += fmt.Sprintf(", takes %s API requests and %s logs and events a minute", humanize.Comma(int64(limits.requests)), humanize.Comma(int64(limits.logs)))
	if idle*2 > limits.requests {
		return Finding{Warning, "Prefect plan", fmt.Sprintf("%s; idle, this stack's %s make %d requests a minute", seen, english.Plural(tasks, "worker task", ""), idle),
			"run fewer workers, set worker.environment.PREFECT_WORKER_QUERY_SECONDS above 10, or take a larger plan: " + ratePage}
	}
	return ok("Prefect plan", "%s; idle, this stack's workers make about %d requests", seen, idle)
}

// limited says whether Prefect answered that the limit is reached.
func limited(status int) []Finding {
	if status != http.StatusTooManyRequests {
		return nil
	}
	return []Finding{{Warning, "Prefect plan", "the API answers 429: the account's requests of this minute are used up", "see Account Settings > Rate Limits in Prefect Cloud; fewer runs, fewer logs or a larger plan: " + ratePage}}
}
