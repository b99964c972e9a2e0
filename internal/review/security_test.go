package review

import (
	"fmt"
	"strings"
	"testing"
)

// TestSecurity: what a change opens and closes, as a sentence; ! is more than before.
func TestSecurity(t *testing.T) {
	group := func(rules string) string {
		return `{"resource": {"aws_security_group": {"g": {"name": "tasks", "ingress": [` + rules + `]}}}}`
	}
	ssh := `{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}`
	role := func(statements, more string) string {
		return `{"locals": {"p": {"Statement": [` + statements + `]}}, "resource": {"aws_iam_role": {"r": {"name": "worker"` + more + `}},
			"aws_iam_role_policy": {"p": {"role": "${aws_iam_role.r.id}", "policy": "${jsonencode(local.p)}"}}}}`
	}
	one := func(kind, body string) string {
		return fmt.Sprintf(`{"resource": {%q: {"x": {"name": "x", %s}}}}`, kind, body)
	}
	task := func(container string) string {
		return `{"locals": {"c": [{"name": "worker", "user": "1000", "image": "a:1", ` + container + `}]}, "resource": {"aws_ecs_task_definition": {"t": {"family": "t", "container_definitions": "${jsonencode(local.c)}"}}}}`
	}
	read := `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:b/*"}`
	network := func(gateway, auto string) string {
		return `{"resource": {"aws_internet_gateway": {"i": {}}, "aws_subnet": {"s": {"count": 2` + auto + `}},
			"aws_route_table": {"t": {"route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "` + gateway + `"}]}},
			"aws_route_table_association": {"a": {"count": 2, "subnet_id": "${aws_subnet.s[count.index].id}", "route_table_id": "${aws_route_table.t.id}"}}}}`
	}
	for name, tt := range map[string]struct {
		before, after string
		want          []string
	}{
		"SSH from everywhere":            {group(""), group(ssh), []string{"! The whole internet (0.0.0.0/0) can now reach security group tasks on tcp 22 (SSH)."}},
		"SSH from everywhere, closed":    {group(ssh), group(""), []string{"- The whole internet (0.0.0.0/0) can no longer reach security group tasks on tcp 22 (SSH)."}},
		"a rule on its own, as before":   {group(ssh), `{"resource": {"aws_security_group": {"g": {"name": "tasks"}}, "aws_vpc_security_group_ingress_rule": {"r": {"security_group_id": "${aws_security_group.g.id}", "ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0"}}}}`, nil},
		"a closed group that is gone":    {group(ssh), `{}`, nil},
		"two ports from a private range": {group(""), group(`{"protocol": "tcp", "from_port": 80, "to_port": 90, "cidr_blocks": ["10.0.0.0/8"]}, {"protocol": "udp", "from_port": 53, "to_port": 53, "cidr_blocks": ["10.0.0.0/8"]}`), []string{"! 10.0.0.0/8 can now reach security group tasks on tcp 80-90, udp 53."}},
		"a public range":                 {group(""), group(`{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["198.51.100.0/24"]}`), []string{"! The public range 198.51.100.0/24 can now reach security group tasks on all ports."}},
		"egress":                         {group(""), `{"resource": {"aws_security_group": {"g": {"name": "tasks", "egress": [{"protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]}}}}`, []string{"! Security group tasks can now connect to the whole internet (0.0.0.0/0) on all ports."}},

		"an action more":          {role(read, ""), role(read+`, {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "*"}`, ""), []string{"! IAM role worker is now allowed iam:PassRole on every resource (*)."}},
		"an action less":          {role(`{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:b/*"}`, ""), role(read, ""), []string{"- IAM role worker is no longer allowed s3:PutObject on arn:b/*."}},
		"every action":            {role(read, ""), role(read+`, {"Effect": "Allow", "Action": "*", "Resource": "*"}`, ""), []string{"! IAM role worker is now allowed everything on every resource (*)."}},
		"the same in other words": {role(`{"Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": ["r", "s"]}`, ""), role(`{"Sid": "S", "Effect": "Allow", "Action": ["c:D", "a:B"], "Resource": ["s", "r"]}`, ""), nil},
		"a denial less":           {role(read+`, {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}`, ""), role(read, ""), []string{"! IAM role worker is no longer denied s3:DeleteObject on every resource (*)."}},
		"a condition less":        {role(`{"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*", "Condition": {"ArnEquals": {"ecs:cluster": "c"}}}`, ""), role(`{"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*"}`, ""), []string{"! IAM role worker is allowed ecs:RunTask without the condition that it had."}},
		"who may be the role":     {role(read, `, "assume_role_policy": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}`), role(read, `, "assume_role_policy": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com", "AWS": "*"}}]}`), []string{"! IAM role worker can now be assumed by anybody in AWS (*)."}},
		"no boundary":             {role(read, `, "permissions_boundary": "arn:p"`), role(read, ""), []string{"! IAM role worker has no permissions boundary any more: nothing limits what its policies give."}},
		"no boundaries":           {`{"resource": {"aws_iam_role": {"a": {"name": "a", "permissions_boundary": "p"}, "b": {"name": "b", "permissions_boundary": "p"}}}}`, `{"resource": {"aws_iam_role": {"a": {"name": "a"}, "b": {"name": "b"}}}}`, []string{"! IAM roles a, b have no permissions boundary any more: nothing limits what their policies give."}},
		"a tag may move":          {one("aws_ecr_repository", `"image_tag_mutability": "IMMUTABLE"`), one("aws_ecr_repository", `"image_tag_mutability": "MUTABLE"`), []string{"! ECR repository x lets a tag be pushed again: the same image reference can mean another image."}},
		"a managed policy":        {role(read, ""), strings.Replace(role(read, ""), `"aws_iam_role_policy":`, `"aws_iam_role_policy_attachment": {"a": {"role": "${aws_iam_role.r.name}", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}}, "aws_iam_role_policy":`, 1), []string{"! IAM role worker gets the managed policy arn:aws:iam::aws:policy/AdministratorAccess."}},
		"a new role":              {`{}`, role(read, ""), []string{"! The new IAM role worker is allowed s3:GetObject."}},
		"a role that is gone":     {role(read, ""), `{}`, nil},
		"who may use a queue":     {`{"resource": {"aws_sqs_queue": {"q": {"name": "q"}}}}`, `{"resource": {"aws_sqs_queue": {"q": {"name": "q"}}, "aws_sqs_queue_policy": {"p": {"queue_url": "${aws_sqs_queue.q.url}", "policy": {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Principal": "*", "Resource": "*"}]}}}}}`, []string{"! Anybody in AWS (*) is now allowed sqs:* in SQS queue q."}},

		"public tasks":         {one("aws_ecs_service", `"network_configuration": {"assign_public_ip": false}`), one("aws_ecs_service", `"network_configuration": {"assign_public_ip": true}`), []string{"! ECS service x: tasks get public addresses (assign_public_ip)."}},
		"public subnets":       {network("nat-1", ""), network("${aws_internet_gateway.i.id}", `, "map_public_ip_on_launch": true`), []string{"! 2 subnets (s): whatever starts there gets a public address (map_public_ip_on_launch).", "! 2 subnets are routed to the internet gateway: anything there with a public address can be reached from the internet if its security group allows it."}},
		"addresses":            {`{"resource": {"aws_eip": {"e": {"count": 1}}}}`, `{"resource": {"aws_eip": {"e": {"count": 3}}}}`, []string{"! 3 public addresses (was 1)."}},
		"logs are kept less":   {one("aws_cloudwatch_log_group", `"retention_in_days": 365`), one("aws_cloudwatch_log_group", `"retention_in_days": 30`), []string{"! Log group x keeps logs for 30 days, before 365: older ones are deleted."}},
		"logs are kept":        {one("aws_cloudwatch_log_group", `"retention_in_days": 365`), one("aws_cloudwatch_log_group", `"retention_in_days": 0`), []string{"- Log group x keeps logs forever, before 365."}},
		"no key":               {one("aws_cloudwatch_log_group", `"kms_key_id": "arn:k"`), one("aws_cloudwatch_log_group", `"kms_key_id": null`), []string{"! Log group x is no longer encrypted with the key arn:k, but with AWS's own."}},
		"no recovery":          {one("aws_secretsmanager_secret", `"description": ""`), one("aws_secretsmanager_secret", `"recovery_window_in_days": 0`), []string{"! Secret x can be restored for 0 days once it is deleted, before 30."}},
		"ECS Exec":             {one("aws_ecs_service", `"desired_count": 1`), one("aws_ecs_service", `"enable_execute_command": true`), []string{"! ECS service x lets people open a shell in its tasks (ECS Exec)."}},
		"root":                 {task(`"readonlyRootFilesystem": true`), task(`"user": "0", "privileged": true, "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}}`), []string{"! Container worker of task definition t runs with all rights of its host (privileged).", "! Container worker of task definition t may write to its root file system.", "! Container worker of task definition t runs as root, before as 1000.", "! Container worker of task definition t gets the Linux capabilities SYS_PTRACE."}},
		"a tag that moves":     {task(`"cpu": 0`), task(`"image": "registry:5000/a:latest"`), []string{"! Task definition t runs registry:5000/a:latest, whose tag can mean another image tomorrow: give a version, or a digest."}},
		"a digest":             {task(`"cpu": 0`), task(`"image": "a@sha256:0"`), nil},
		"nothing is protected": {one("aws_dynamodb_table", `"lifecycle": {"prevent_destroy": true}`), one("aws_dynamodb_table", `"lifecycle": {}`), []string{"! Terraform may now destroy aws_dynamodb_table.x: prevent_destroy is gone."}},
		"narrowing comes last": {group(ssh), strings.Replace(group(`{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}`), `{"resource": {`, `{"resource": {"aws_eip": {"e": {}}, `, 1), []string{"! The whole internet (0.0.0.0/0) can now reach security group tasks on tcp 443 (HTTPS).", "! 1 public address (was 0).", "- The whole internet (0.0.0.0/0) can no longer reach security group tasks on tcp 22 (SSH)."}},
	} {
		before, after := parse(t, tt.before), parse(t, tt.after)
		var got []string
		for _, l := range Of(Input{Before: before, After: after, Changes: FromStacks(before, after)}).Lines {
			if l.Group == Security {
				got = append(got, map[bool]string{true: "! ", false: "- "}[l.Widens]+l.Text)
			}
		}
		if a, b := strings.Join(got, "\n"), strings.Join(tt.want, "\n"); a != b {
			t.Errorf("%s: got\n%s\nwant\n%s", name, a, b)
		}
	}
}
