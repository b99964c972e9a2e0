package iamtest

import (
	"encoding/json"
	"strings"
	"testing"
)

// carlos and hisBucket are AWS's own example of how policies are evaluated.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
const (
	carlos = `{"Version": "2012-10-17", "Statement": [
		{"Sid": "AllowS3ListRead", "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:GetAccountPublicAccessBlock", "s3:ListAccessPoints", "s3:ListAllMyBuckets"], "Resource": "arn:aws:s3:::*"},
		{"Sid": "AllowS3Self", "Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]},
		{"Sid": "DenyS3Logs", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"}]}`
	hisBucket = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/carlossalazar"}, "Action": "s3:*",
		"Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]}}`
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html: Shirley may create no user, for her boundary does not allow it.
	boundary = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*"], "Resource": "*"}]}`
	shirley  = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}}`
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
	tagKeys = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}}}`
	anyKey  = `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}}}`
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
	withoutMFA = `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
		{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
	home = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b", "Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}}}`
)

func TestDecide(t *testing.T) {
	const bucket = "arn:aws:s3:::"
	user := "arn:aws:iam::123456789012:user/carlossalazar"
	key := func(name string, values ...string) map[string][]string { return map[string][]string{name: values} }
	for _, tt := range []struct {
		name                         string
		identity, resource, boundary string
		request                      Request
		want                         Decision
	}{
		{"nothing is allowed unless something allows it", carlos, "", "", Request{Action: "ec2:RunInstances", Resource: "*"}, ImplicitDeny},
		{"the caller's policy allows", carlos, "", "", Request{Action: "s3:PutObject", Resource: bucket + "carlossalazar/a"}, Allowed},
		{"actions know no case", carlos, "", "", Request{Action: "S3:putobject", Resource: bucket + "carlossalazar/a"}, Allowed},
		{"resources do", carlos, "", "", Request{Action: "s3:PutObject", Resource: bucket + "CarlosSalazar/a"}, ImplicitDeny},
		{"the bucket's allows", shirley, hisBucket, "", Request{Action: "s3:PutObject", Resource: bucket + "carlossalazar/a", Principal: user}, Allowed},
		{"the bucket's allows nobody else", shirley, hisBucket, "", Request{Action: "s3:PutObject", Resource: bucket + "carlossalazar/a", Principal: user + "2"}, ImplicitDeny},
		{"a denial wins over both", carlos, hisBucket, "", Request{Action: "s3:PutObject", Resource: bucket + "carlossalazar-logs/a", Principal: user}, ExplicitDeny},
		{"a boundary allows nothing", `{"Statement": []}`, "", boundary, Request{Action: "s3:GetObject", Resource: bucket + "a/b"}, ImplicitDeny},
		{"a boundary keeps from what the policy allows", shirley, "", boundary, Request{Action: "iam:CreateUser", Resource: "*"}, ImplicitDeny},
		{"within the boundary", carlos, "", boundary, Request{Action: "s3:ListAllMyBuckets", Resource: bucket + "x"}, Allowed},
		{"all values", tagKeys, "", "", Request{Action: "ec2:CreateTags", Resource: "x", Context: key("aws:TagKeys", "environment", "cost-center")}, Allowed},
		{"all values, one is another", tagKeys, "", "", Request{Action: "ec2:CreateTags", Resource: "x", Context: key("aws:TagKeys", "environment", "team")}, ImplicitDeny},
		{"all values of none", tagKeys, "", "", Request{Action: "ec2:CreateTags", Resource: "x"}, Allowed},
		{"any value", anyKey, "", "", Request{Action: "ec2:CreateTags", Resource: "x", Context: key("aws:tagkeys", "environment", "team")}, ExplicitDeny},
		{"any value of none", anyKey, "", "", Request{Action: "ec2:CreateTags", Resource: "x"}, ImplicitDeny},
		{"all but", withoutMFA, "", "", Request{Action: "iam:ListUsers", Resource: "*"}, Allowed},
		{"all others", withoutMFA, "", "", Request{Action: "ec2:RunInstances", Resource: "*", Context: key("aws:MultiFactorAuthPresent", "true")}, Allowed},
		{"if it exists", withoutMFA, "", "", Request{Action: "ec2:RunInstances", Resource: "*"}, ExplicitDeny},
		{"a variable", home, "", "", Request{Action: "s3:ListBucket", Resource: bucket + "b", Context: map[string][]string{"aws:username": {"david"}, "s3:prefix": {"david/x"}}}, Allowed},
		{"a variable's other value", home, "", "", Request{Action: "s3:ListBucket", Resource: bucket + "b", Context: map[string][]string{"aws:username": {"david"}, "s3:prefix": {"anna/x"}}}, ImplicitDeny},
		{"a variable without a value", home, "", "", Request{Action: "s3:ListBucket", Resource: bucket + "b", Context: map[string][]string{"s3:prefix": {"/x"}}}, ImplicitDeny},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := Policies{Identity: []Policy{parsed(t, tt.identity)}}
			if tt.resource != "" {
				p.Resource = []Policy{parsed(t, tt.resource)}
			}
			if tt.boundary != "" {
				b := parsed(t, tt.boundary)
				p.Boundary = &b
			}
			if got, err := p.Decide(tt.request); err != nil || got != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

// TestConditions is the table of AWS's page of condition operators.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		operator string
		wanted   []string
		got      []string // nil: the key is not in the request
		want     bool
	}{
		{"StringEquals", []string{"a", "b"}, []string{"b"}, true},
		{"StringEquals", []string{"a"}, []string{"A"}, false},
		{"StringEquals", []string{"a*"}, []string{"ab"}, false},
		{"StringEquals", []string{"a"}, nil, false},
		{"StringEqualsIfExists", []string{"a"}, nil, true},
		{"StringNotEquals", []string{"a", "b"}, []string{"b"}, false},
		{"StringNotEquals", []string{"a", "b"}, []string{"c"}, true},
		{"StringNotEquals", []string{"a"}, nil, true},
		{"StringLike", []string{"pre?-*"}, []string{"pref-x"}, true},
		{"StringNotLike", []string{"pre*"}, []string{"prefix"}, false},
		{"ArnLike", []string{"arn:aws:ecs:*:123456789012:*"}, []string{"arn:aws:ecs:eu-west-1:123456789012:task/a/b"}, true},
		{"ArnLike", []string{"arn:aws:*:123456789012:*"}, []string{"arn:aws:ecs:eu-west-1:123456789012:task/a"}, false},
		{"ArnEquals", []string{"arn:aws:ecs:eu-west-1:123456789012:cluster/*"}, []string{"arn:aws:ecs:eu-west-1:123456789012:cluster/a"}, true},
		{"Bool", []string{"true"}, []string{"True"}, true},
		{"Bool", []string{"true"}, nil, false},
		{"Null", []string{"true"}, nil, true},
		{"Null", []string{"true"}, []string{"x"}, false},
		{"Null", []string{"false"}, []string{"x"}, true},
	} {
		context := map[string][]string{}
		if tt.got != nil {
			context["x:key"] = tt.got
		}
		if got, err := holds(tt.operator, "x:key", tt.wanted, context); err != nil || got != tt.want {
			t.Errorf("%s %v of %v: got %t, %v, want %t", tt.operator, tt.wanted, tt.got, got, err, tt.want)
		}
	}
}

// TestRefuses: what is not known is an error.
func TestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*", "Conditions": {}}]}`:                                            "unknown field",
		`{"Statement": [{"Effect": "allow", "Action": "a:B", "Resource": "*"}]}`:                                                              `got effect "allow"`,
		`{"Statement": [{"Effect": "Allow", "Resource": "*"}]}`:                                                                               "0 actions",
		`{"Statement": [{"Effect": "Allow", "Action": 1, "Resource": "*"}]}`:                                                                  "want a text",
		`{"Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"NumericLessThan": {"aws:x": "1"}}}]}`:            "NumericLessThan: not known here",
		`{"Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"ForSomeValues:StringEquals": {"aws:x": "1"}}}]}`: "ForSomeValues",
	} {
		var document any
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		p, err := Parse(document)
		if err == nil {
			_, err = Policies{Identity: []Policy{p}}.Decide(Request{Action: "c:D", Resource: "*"})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestResolve(t *testing.T) {
	var s Stack
	if err := json.Unmarshal([]byte(`{
		"variable": {"name": {"default": "q"}, "arn": {"default": ""}},
		"locals": {"queue": "${aws_sqs_queue.q.arn}", "given": "${var.arn != \"\" ? var.arn : null}"},
		"data": {"aws_partition": {"current": {}}},
		"resource": {"aws_sqs_queue": {"q": {"name": "${var.name}"}}, "aws_iam_role": {"r": {"name": "r", "path": "/p/"}}, "aws_secretsmanager_secret": {"s": {"name": "s", "count": 1}}, "aws_x": {"y": {}}}
	}`), &s); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]any{
		"plain":            "plain",
		"${local.queue}/*": "arn:aws:sqs:us-east-1:123456789012:q/*",
		"arn:${data.aws_partition.current.partition}:s3:::b": "arn:aws:s3:::b",
		`${split(":", aws_sqs_queue.q.arn)[4]}`:              Account,
		"${aws_iam_role.r.arn}":                              "arn:aws:iam::123456789012:role/p/r",
		"${aws_secretsmanager_secret.s[0].arn}":              "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf",
		`${local.given != null ? local.given : "*"}`:         "*",
		"$${aws:username}":                                   "${aws:username}",
	} {
		if got, err := s.Resolve(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	if got, err := s.Resolve("${aws_x.y.arn}"); err == nil {
		t.Errorf("a type whose ARN is not known: got %v, want an error", got)
	}
}

func parsed(t *testing.T, text string) Policy {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	p, err := Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
