package review

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// protections are settings of resources that matter for security.
type protection struct {
	kind string
	path []string

	// weaker says whether the second value protects less than the first; equal values
	// do not get here. nil for a key: one is better than none.
	weaker func(before, after string) bool
	less   string // What it means when it protects less, of {before} and {after}.
	more   string
	bad    string // The value that is worth a line also where the resource is new, with less; "" for none.
}

func off(_, after string) bool { return after != "true" }
func on(_, after string) bool  { return after == "true" }
func fewer(before, after string) bool {
	b, _ := strconv.Atoi(before)
	a, _ := strconv.Atoi(after)
	return a < b
}

// shorter is that of a log group's retention, of which 0 is forever.
func shorter(before, after string) bool {
	for _, of := range []*string{&before, &after} {
		if *of == "" || *of == "0" {
			*of = "1000000"
		}
	}
	return fewer(before, after)
}

func withoutKey(_, after string) bool { return after == "" }

const (
	keyLess = "is no longer encrypted with the key {before}, but with AWS's own"
	keyMore = "is encrypted with the key {after}"
	blocks  = "no longer blocks public access ({path})"
)

var protections = []protection{
	{"aws_cloudwatch_log_group", []string{"kms_key_id"}, withoutKey, keyLess, keyMore, ""},
	{"aws_cloudwatch_log_group", []string{"retention_in_days"}, shorter, "keeps logs for {after} days, before {before}: older ones are deleted", "keeps logs for {after} days, before {before}", ""},
	{"aws_secretsmanager_secret", []string{"kms_key_id"}, withoutKey, keyLess, keyMore, ""},
	{"aws_secretsmanager_secret", []string{"recovery_window_in_days"}, func(b, a string) bool { return fewer(cmp.Or(b, "30"), cmp.Or(a, "30")) }, "can be restored for {after} days once it is deleted, before {before}", "can be restored for {after} days once it is deleted, before {before}", "0"},
	{"aws_sqs_queue", []string{"kms_master_key_id"}, withoutKey, keyLess, keyMore, ""},
	{"aws_sqs_queue", []string{"sqs_managed_sse_enabled"}, off, "is no longer encrypted by SQS", "is encrypted by SQS", "false"},
	{"aws_sns_topic", []string{"kms_master_key_id"}, withoutKey, keyLess, keyMore, ""},
	{"aws_ecr_repository", []string{"encryption_configuration", "kms_key"}, withoutKey, keyLess, keyMore, ""},
	{"aws_ecr_repository", []string{"encryption_configuration", "encryption_type"}, func(_, a string) bool { return a != "KMS" && a != "KMS_DSSE" }, "is encrypted with S3's own keys, before with {before}", "is encrypted with {after}", ""},
	{"aws_ecr_repository", []string{"image_tag_mutability"}, func(_, a string) bool { return a != "IMMUTABLE" }, "lets a tag be pushed again: the same image reference can mean another image", "refuses to have a tag pushed again", ""},
	{"aws_ecr_repository", []string{"image_scanning_configuration", "scan_on_push"}, off, "no longer scans images when they are pushed", "scans images when they are pushed", ""},
	{"aws_ecr_repository", []string{"force_delete"}, on, "is deleted with all images in it, once the stack no longer has it (force_delete)", "is not deleted while it has images", ""},
	{"aws_s3_bucket", []string{"force_destroy"}, on, "is deleted with all objects in it, once the stack no longer has it (force_destroy)", "is not deleted while it has objects", "true"},
	{"aws_s3_bucket_public_access_block", []string{"block_public_acls"}, off, blocks, "blocks public ACLs", "false"},
	{"aws_s3_bucket_public_access_block", []string{"block_public_policy"}, off, blocks, "blocks public policies", "false"},
	{"aws_s3_bucket_public_access_block", []string{"ignore_public_acls"}, off, blocks, "ignores public ACLs", "false"},
	{"aws_s3_bucket_public_access_block", []string{"restrict_public_buckets"}, off, blocks, "restricts public buckets", "false"},
	{"aws_s3_bucket_versioning", []string{"versioning_configuration", "status"}, func(_, a string) bool { return a != "Enabled" }, "no longer keeps old versions", "keeps old versions", ""},
	{"aws_s3_bucket_server_side_encryption_configuration", []string{"rule", "apply_server_side_encryption_by_default", "kms_master_key_id"}, withoutKey, keyLess, keyMore, ""},
	{"aws_s3_bucket_server_side_encryption_configuration", []string{"rule", "apply_server_side_encryption_by_default", "sse_algorithm"}, func(_, a string) bool { return !strings.HasPrefix(a, "aws:kms") }, "encrypts with {after}, before with {before}", "encrypts with {after}, before with {before}", ""},
	{"aws_dynamodb_table", []string{"server_side_encryption", "kms_key_arn"}, withoutKey, keyLess, keyMore, ""},
	{"aws_dynamodb_table", []string{"deletion_protection_enabled"}, off, "is no longer protected against deletion", "is protected against deletion", ""},
	{"aws_dynamodb_table", []string{"point_in_time_recovery", "enabled"}, off, "can no longer be restored to a point in time", "can be restored to a point in time", ""},
	{"aws_kms_key", []string{"enable_key_rotation"}, off, "is no longer rotated", "is rotated every year", ""},
	{"aws_kms_key", []string{"deletion_window_in_days"}, func(b, a string) bool { return fewer(cmp.Or(b, "30"), cmp.Or(a, "30")) }, "can be restored for {after} days once it is deleted, before {before}", "can be restored for {after} days once it is deleted, before {before}", ""},
	{"aws_lambda_function", []string{"kms_key_arn"}, withoutKey, keyLess, keyMore, ""},
	{"aws_ecs_service", []string{"enable_execute_command"}, on, "lets people open a shell in its tasks (ECS Exec)", "no longer lets people open a shell in its tasks (ECS Exec)", "true"},
	{"aws_ecs_cluster", []string{"configuration", "managed_storage_configuration", "kms_key_id"}, withoutKey, keyLess, keyMore, ""},
	{"aws_ecs_cluster", []string{"configuration", "execute_command_configuration", "kms_key_id"}, withoutKey, "no longer encrypts ECS Exec sessions with the key {before}", "encrypts ECS Exec sessions with the key {after}", ""},
	{"aws_ecs_cluster", []string{"configuration", "execute_command_configuration", "logging"}, func(_, a string) bool { return a == "NONE" }, "no longer logs ECS Exec sessions", "logs ECS Exec sessions ({after})", "NONE"},
	{"aws_ecs_task_definition", []string{"volume", "efs_volume_configuration", "transit_encryption"}, func(_, a string) bool { return a != "ENABLED" }, "no longer encrypts what goes to its file system", "encrypts what goes to its file system", "DISABLED"},
	{"aws_ecs_task_definition", []string{"pid_mode"}, func(_, a string) bool { return a != "" }, "lets its containers see each other's processes (pid_mode {after})", "no longer lets its containers see each other's processes", "task"},
	{"aws_iam_role", []string{"max_session_duration"}, func(b, a string) bool { return fewer(a, b) }, "can be assumed for {after} seconds, before {before}", "can be assumed for {after} seconds, before {before}", ""},
}

// defaults are what AWS or the provider takes for a value that is not given.
var defaults = map[string]string{"recovery_window_in_days": "30", "deletion_window_in_days": "30", "retention_in_days": "forever", "max_session_duration": "3600"}

// settings compares what protects a resource.
func (s *facts) settings() {
	for _, r := range s.after.all {
		was, existed := s.before.at(r.Address)
		for _, p := range protections {
			if p.kind != r.Type {
				continue
			}
			path := strings.Join(p.path, ".")
			before, after := textOf(at(was.values, p.path...)), textOf(at(r.values, p.path...))
			attribute := Attribute{Path: path, Before: show(at(was.values, p.path...)), After: show(at(r.values, p.path...))}
			say := func(text string) string {
				shown := func(v string) string {
					if v == "" || v == "0" && p.path[0] == "retention_in_days" {
						return cmp.Or(defaults[p.path[len(p.path)-1]], "none")
					}
					return v
				}
				text = strings.NewReplacer("{before}", shown(before), "{after}", shown(after), "{path}", path).Replace(text)
				return strings.ReplaceAll(text, "for forever days", "forever")
			}
			about := func(widens bool, text string) {
				what, name := kindOf(r.Type).singular(), r.called()
				if strings.Contains(kindOf(r.Type).one, "/") { // of which the plural is another
					what, name = r.title(), ""
				}
				s.about(widens, r.Address, what, name, "", text, attribute)
			}
			switch {
			case !existed && p.bad != "" && after == p.bad:
				s.line(true, []string{r.Address}, "the new "+r.title()+" "+strings.Replace(say(p.less), "no longer", "does not", 1), attribute)
			case !existed, before == after, cmp.Or(before, "false") == cmp.Or(after, "false"):
			case p.weaker(before, after):
				about(true, say(p.less))
			default:
				about(false, say(p.more))
			}
		}
	}
}

// containers compares what the containers of tasks may do, and where their images
// come from.
func (s *facts) containers() {
	for _, task := range s.after.of("aws_ecs_task_definition") {
		was, existed := s.before.at(task.Address)
		before := map[string]any{}
		for _, c := range listOf(was.values["container_definitions"]) {
			before[textOf(at(c, "name"))] = c
		}
		mutable := map[string][]string{}
		for _, c := range listOf(task.values["container_definitions"]) {
			name := textOf(at(c, "name"))
			if name == "" {
				continue
			}
			old := before[name]
			say := func(widens bool, key, text string, before, after any) {
				s.about(widens, task.Address, "container", name, " of "+task.title(), text, Attribute{Path: "container_definitions[" + name + "]." + key, Before: show(before), After: show(after)})
			}
			flag := func(key string, weak bool, less, more string) {
				is, had := at(c, key) == true, at(old, key) == true
				switch {
				case is == had && old != nil, old == nil && is != weak:
				case old == nil && !weak: // a new one without: worth no line
				case is == weak:
					say(true, key, less, at(old, key), at(c, key))
				default:
					say(false, key, more, at(old, key), at(c, key))
				}
			}
			flag("privileged", true, "runs with all rights of its host (privileged)", "no longer runs with all rights of its host")
			if old != nil {
				flag("readonlyRootFilesystem", false, "may write to its root file system", "can no longer write to its root file system")
				if b, a := textOf(at(old, "user")), textOf(at(c, "user")); b != a {
					switch {
					case root(a) && !root(b):
						say(true, "user", "runs as root, before as "+b, b, a)
					case root(b) && !root(a):
						say(false, "user", "no longer runs as root, but as "+a, b, a)
					}
				}
			}
			capabilities := func(of any) []any { return listOf(at(of, "linuxParameters", "capabilities", "add")) }
			if more := minus(capabilities(c), capabilities(old)); len(more) > 0 {
				say(true, "linuxParameters.capabilities.add", "gets the Linux capabilities "+show(elements(more)), nil, elements(more))
			}
			if less := minus(capabilities(old), capabilities(c)); len(less) > 0 {
				say(false, "linuxParameters.capabilities.add", "loses the Linux capabilities "+show(elements(less)), elements(less), nil)
			}
			if image := textOf(at(c, "image")); tagMoves(image) && image != textOf(at(old, "image")) {
				mutable[image] = append(mutable[image], name)
			}
		}
		for image, names := range mutable {
			text := task.title() + " runs " + image + ", whose tag can mean another image tomorrow: give a version, or a digest"
			if !existed {
				text = "the new " + text
			}
			s.line(true, []string{task.Address}, text, Attribute{Path: "container_definitions[" + names[0] + "].image", Before: show(at(before[names[0]], "image")), After: image})
		}
	}
}

func root(user string) bool {
	user, _, _ = strings.Cut(user, ":")
	return user == "" || user == "0" || user == "root"
}

// tagMoves says whether an image's tag is one that is pushed again by habit.
func tagMoves(image string) bool {
	if image == "" || strings.Contains(image, "@sha256:") || strings.Contains(image, "${") {
		return false
	}
	name := image[strings.LastIndex(image, "/")+1:]
	_, tag, ok := strings.Cut(name, ":")
	return !ok || slices.Contains([]string{"latest", "stable", "main", "master", "dev", "prod", "3-latest", "edge", "nightly"}, tag) || strings.HasSuffix(tag, "-latest")
}
