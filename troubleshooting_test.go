package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// foreign are messages of troubleshooting.md that other programs print, by
// whose they are. All others are this repository's.
var foreign = map[string][]string{
	"Terraform and its AWS provider": {
		"No valid credential sources found", "AWS Account ID not allowed", `S3 bucket "…" does not exist`, "Backend configuration changed", "Error acquiring the state lock",
		"state data in S3 does not have the expected content", "does not match configured version constraint", "force_new_deployment should be true",
		"waiting for ECS Service (…) update: timeout", "deployment circuit breaker: tasks failed to start", "Instance cannot be destroyed", "failed to get shared config profile, default",
	},
	"AWS": {
		"BucketAlreadyExists", "You can't create this secret because a secret with this name is already scheduled for deletion", "AccessDenied … iam:PassRole", "EntityAlreadyExists",
		"ResourceAlreadyExistsException", "RepositoryAlreadyExistsException", "AddressLimitExceeded", "VpcLimitExceeded", "Unable to assume the service linked role",
		"CannotPullContainerError", "i/o timeout", "not found", "toomanyrequests", "403 Forbidden", "exec format error", "image Manifest does not contain descriptor matching platform",
		"ResourceInitializationError: unable to pull secrets or registry auth", "ResourceInitializationError", "AccessDeniedException", "secretsmanager:GetSecretValue",
		"can't find the specified secret value for staging label: AWSCURRENT", "Essential container in task exited", "OutOfMemoryError", "Task failed container health checks",
		"unable to place a task", "Capacity is unavailable at this time", "You've reached the limit on the number of vCPUs you can run concurrently", "ecs:RunTask", "iam:PassRole",
		"ThrottlingException: Rate exceeded", "failed to resolve container ordering dependency [prepare-work-pool]", "RepositoryNotEmptyException", "ClusterContainsTasksException", "DependencyViolation", "BucketNotEmpty", "SIGTERM",
	},
	"Prefect": {
		"401 Unauthorized", "does not exist and no worker type was provided", "Failed to run ECS task due to a capacity provider error", "Failed to run ECS task: RESOURCE:ENI",
		"Failed to run ECS task, cluster '…' not found", "Failed to run ECS task due to a network configuration error", "ModuleNotFoundError", "Script at … encountered an exception",
	},
	"CDKTF's CLI": {"Invoking Terraform CLI failed with exit code 1", "Raw mode is not supported on the current process.stdin"},
	"Node":        {"Error: Cannot find module …", "error: …jsii…"},
	"make":        {"make synth"},
}

// TestTroubleshooting: a message that the page says this repository prints
// is in its code, in one file, and the page has no row without a way out.
func TestTroubleshooting(t *testing.T) {
	page, err := os.ReadFile("docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	code := sources(t)
	var theirs []string
	for _, messages := range foreign {
		theirs = append(theirs, messages...)
	}
	row := regexp.MustCompile(`(?m)^\| (.+?) \| (.+?) \| (.+?) \|$`)
	span := regexp.MustCompile("`([^`]+)`")
	seen := map[string]bool{}
	rows := 0
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		if m[1] == "what you see" {
			continue
		}
		rows++
		for _, s := range span.FindAllStringSubmatch(m[1], -1) {
			message := s[1]
			seen[message] = true
			if slices.Contains(theirs, message) {
				continue
			}
			var parts []string
			for _, part := range strings.Split(message, "…") {
				if part = strings.TrimSpace(part); len(part) > 3 {
					parts = append(parts, part)
				}
			}
			if len(parts) == 0 || !slices.ContainsFunc(code, func(file string) bool {
				return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(file, part) })
			}) {
				t.Errorf("no file prints %q; correct the page, or say in foreign who does", message)
			}
		}
	}
	for _, message := range theirs {
		if !seen[message] {
			t.Errorf("%q is in foreign and not on the page", message)
		}
	}
	if rows < 20 {
		t.Errorf("found %d rows, want 20 or more", rows)
	}
}

// sources are the texts of the programs: no tests, no pages.
func sources(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{"beside", "config", "constructs", "internal", "kernel", "settings", "stacks"} {
		err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || !slices.Contains([]string{".go", ".py"}, filepath.Ext(name)) {
				return err
			}
			data, err := os.ReadFile(name)
			all = append(all, string(data))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
