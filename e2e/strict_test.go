//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
)

// request is one call of AWS's API: JSON for services that speak it, lines of
// name=value for those that speak AWS's query protocol. An action with a slash
// is method and path. $vpc, $subnet, $sg stand for ids of what was made before.
type request struct{ service, action, params string }

// badRequest is a good request with some values changed: path=value, where
// nothing after = removes it. path=… is another method and path, a whole XML
// document another body.
type badRequest struct {
	name          string
	service       string
	action        string
	changes       []string
	code, message string
}

// TestStrict: the emulator takes a good request of every service and refuses
// each kind of bad one, with AWS's code.
func TestStrict(t *testing.T) {
	aws := newAPI(t)
	good := map[string]request{}
	for _, r := range goodRequests {
		if code, message := aws.call(r); code != "" && code != missing {
			t.Errorf("%s %s is good and was refused: %s: %s", r.service, r.action, code, message)
		}
		if _, known := good[r.service+" "+r.action]; !known {
			good[r.service+" "+r.action] = r
		}
	}
	for _, tt := range badRequests {
		t.Run(tt.name, func(t *testing.T) {
			base, known := good[tt.service+" "+tt.action]
			if !known {
				t.Fatalf("no good request of %s %s", tt.service, tt.action)
			}
			code, message := aws.call(changed(t, base, tt.changes))
			if code != tt.code || !strings.Contains(message, tt.message) {
				t.Errorf("got %q: %s\nwant %q: %s", code, message, tt.code, tt.message)
			}
		})
	}
	log, err := os.ReadFile(aws.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "unchecked") {
			t.Errorf("the emulator did not check a request: %s", line)
		}
	}
}

// TestStrictLetsThrough: what has no model here is not refused.
func TestStrictLetsThrough(t *testing.T) {
	aws := newAPI(t)
	for _, r := range []request{{"ecs", "NoSuchAction", "{}"}, {"ecs", "NoSuchAction", "{}"}, {"nosuchservice", "NoSuchAction", ""}} {
		aws.call(r)
	}
	log, err := os.ReadFile(aws.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"unchecked, 2 so far: ecs: NoSuchAction", "unchecked, 1 so far: nosuchservice"} {
		if !strings.Contains(string(log), want) {
			t.Errorf("no %q in:\n%s", want, log)
		}
	}
	if strings.Contains(string(log), "strict: refused") {
		t.Errorf("refused what has no model:\n%s", log)
	}
}

// api is an emulator that is called without an SDK, which would not send what
// the emulator is to refuse.
type api struct {
	*emulator.Emulator
	t   *testing.T
	ids map[string]string
}

func newAPI(t *testing.T) *api {
	t.Helper()
	parallel(t)
	ctx, cancel := during(t)
	defer cancel()
	e, err := forks.Start(ctx, filepath.Join(t.TempDir(), "emulator"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &api{e, t, map[string]string{}}
}

// targets are the services that speak JSON, and what they call themselves.
var targets = map[string]string{
	"application-autoscaling": "AnyScaleFrontendService",
	"dynamodb":                "DynamoDB_20120810",
	"ecr":                     "AmazonEC2ContainerRegistry_V20150921",
	"ecs":                     "AmazonEC2ContainerServiceV20141113",
	"events":                  "AWSEvents",
	"kms":                     "TrentService",
	"logs":                    "Logs_20140328",
	"secretsmanager":          "secretsmanager",
	"servicediscovery":        "Route53AutoNaming_v20170314",
	"sqs":                     "AmazonSQS",
	"ssm":                     "AmazonSSM",
}

// versions are those of the services that speak AWS's query protocol.
var versions = map[string]string{
	"ec2": "2016-11-15", "iam": "2010-05-08", "monitoring": "2010-08-01", "sns": "2010-03-31", "sts": "2011-06-15",
}

// ids are what later requests name, and where earlier answers say it.
var ids = map[string]*regexp.Regexp{
	"vpc": regexp.MustCompile(`\b(vpc-[0-9a-f]{8,17})\b`), "subnet": regexp.MustCompile(`\b(subnet-[0-9a-f]{8,17})\b`), "sg": regexp.MustCompile(`<groupId>(sg-[0-9a-f]+)<`),
	"key": regexp.MustCompile(`"KeyId": ?"([0-9a-f-]{36})"`),
}

// call sends a request and returns the error's code and message, or nothing.
func (a *api) call(r request) (code, message string) {
	a.t.Helper()
	for name, id := range a.ids {
		r.params = strings.ReplaceAll(r.params, "$"+name, id)
	}
	method, path, header, body := http.MethodPost, "/", "", r.params
	switch verb, rest, isPath := strings.Cut(r.action, " /"); {
	case isPath:
		method, path = verb, "/"+rest
	case targets[r.service] != "":
		header = "application/x-amz-json-1.1"
	default:
		form := url.Values{"Action": {r.action}, "Version": {versions[r.service]}}
		for line := range strings.Lines(r.params) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			form.Set(name, value)
		}
		header, body = "application/x-www-form-urlencoded", form.Encode()
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.Endpoint()+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if header != "" {
		req.Header.Set("Content-Type", header)
	}
	if target := targets[r.service]; target != "" {
		req.Header.Set("X-Amz-Target", target+"."+r.action)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+r.service+"/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := loopback.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	if resp.StatusCode/100 == 2 {
		for name, id := range ids {
			if found := id.FindSubmatch(text); found != nil && (a.ids[name] == "" || name == "key") {
				a.ids[name] = string(found[1])
			}
		}
		return "", ""
	}
	if resp.StatusCode/100 != 4 && resp.StatusCode != http.StatusNotImplemented { // moto's own failure, whose reason is in its log
		log, _ := os.ReadFile(a.LogFile())
		return resp.Status, string(log[max(0, len(log)-500):])
	}
	return failure(text)
}

// missing is the code of what moto does not have: the check took the request.
const missing = "NotImplemented"

// loopback ignores proxies.
var loopback = &http.Client{Transport: &http.Transport{Proxy: nil}}

var inXML = regexp.MustCompile(`(?s)<Code>(.*?)</Code>\s*<Message>(.*?)</Message>`)

// failure reads an error in whatever format.
func failure(text []byte) (code, message string) {
	var inJSON struct {
		Type           string `json:"__type"`
		Message, Other string
	}
	if json.Unmarshal(text, &inJSON) == nil {
		return inJSON.Type[strings.LastIndex(inJSON.Type, "#")+1:], inJSON.Message
	}
	if found := inXML.FindSubmatch(text); found != nil {
		return string(found[1]), html.UnescapeString(string(found[2]))
	}
	return "", string(text)
}

// changed is a request with some values changed.
func changed(t *testing.T, r request, changes []string) request {
	t.Helper()
	if path, isPath := strings.CutPrefix(strings.Join(changes, ""), "path="); isPath {
		r.action = path
		return r
	}
	if targets[r.service] == "" && !strings.HasPrefix(strings.TrimSpace(r.params), "{") {
		return changedText(r, changes)
	}
	var params any
	if err := json.Unmarshal([]byte(r.params), &params); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		path, text, _ := strings.Cut(change, "=")
		var value any
		if text != "" {
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				t.Fatalf("%s: %v", change, err)
			}
		}
		set(params, strings.Split(path, "."), value)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(params); err != nil {
		t.Fatal(err)
	}
	r.params = b.String()
	return r
}

// changedText changes lines of name=value, or a whole body where there are none.
func changedText(r request, changes []string) request {
	var lines []string
	values := map[string]string{}
	for _, change := range changes {
		name, value, isLine := strings.Cut(change, "=")
		if !isLine || strings.HasPrefix(name, "<") {
			r.params = change
			return r
		}
		values[name] = value
	}
	for line := range strings.Lines(r.params) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "=")
		if _, changes := values[name]; !changes {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	for name, value := range values {
		if value != "" {
			lines = append(lines, name+"="+value)
		}
	}
	r.params = strings.Join(lines, "\n")
	return r
}

func set(at any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		switch parent := at.(type) {
		case map[string]any:
			if parent[name] == nil {
				parent[name] = map[string]any{}
			}
			at = parent[name]
		case []any:
			i, _ := strconv.Atoi(name)
			at = parent[i]
		}
	}
	last := path[len(path)-1]
	switch parent := at.(type) {
	case map[string]any:
		if value == nil {
			delete(parent, last)
			return
		}
		parent[last] = value
	case []any:
		i, _ := strconv.Atoi(last)
		parent[i] = value
	default:
		panic(fmt.Sprintf("%s: no such place", strings.Join(path, ".")))
	}
}
