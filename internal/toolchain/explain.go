package toolchain

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
)

// terraformSays are errors of Terraform and OpenTofu whose cure is not in them,
// or not in the words of this project.
var terraformSays = []struct {
	text *regexp.Regexp
	next string
}{
	{regexp.MustCompile(`Backend configuration changed|Backend initialization required|Reason: .*[Bb]ackend`),
		"the place of the state has changed since the last init: terraform -chdir={dir} init -reconfigure, or init -migrate-state to move the state"},
	{regexp.MustCompile(`No valid credential sources|failed to refresh cached credentials|no EC2 IMDS role found|ExpiredToken|InvalidClientTokenId`), awsconfig.SignIn},
	{regexp.MustCompile(`scheduled for deletion`), "get the secret back (aws secretsmanager restore-secret) or delete it now (aws secretsmanager delete-secret --force-delete-without-recovery): docs/troubleshooting.md#destroy; make doctor STACK={stack} prints the commands"},
	{regexp.MustCompile(`does not have the expected content`), "the state is not the one whose digest the lock table has: make restore-drill STACK={stack} lists its versions"},
	{regexp.MustCompile(`Error acquiring the state lock`), "somebody else runs Terraform on this stack, or a run was ended: wait, or see docs/state.md"},
	{regexp.MustCompile(`[Ii]nconsistent dependency lock file|locked provider .* does not match`), "write the lock file again: make lock STACK={stack}"},
	{regexp.MustCompile(`S3 bucket "[^"]*" does not exist|NoSuchBucket`), "create the bucket: docs/state.md, or correct terraform.backend.s3 in the environment file"},
	{regexp.MustCompile(`no such host|connection refused|i/o timeout|network is unreachable`), "try again where the network can be reached; a proxy is set with HTTPS_PROXY"},
}

// Explain adds to an error of a Terraform run what to do, where that is known. dir
// is the stack's folder, as the user would name it.
func Explain(err error, dir string) error {
	if err == nil {
		return nil
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "│", " ")), " ")
	stack := dir[strings.LastIndexByte(dir, '/')+1:]
	for _, s := range terraformSays {
		if !s.text.MatchString(text) {
			continue
		}
		return fmt.Errorf("%w\nnext: %s", err, strings.NewReplacer("{dir}", dir, "{stack}", stack).Replace(s.next))
	}
	return err
}

// withNext adds what to do to the error of a program: where the disk is full, to
// free some, whatever the program was for. An interrupt stays one.
func withNext(err error, next string) error {
	switch text := err.Error(); {
	case errors.Is(err, context.Canceled), strings.Contains(text, "\nnext: "):
		return err
	case strings.Contains(text, "no space left on device"), strings.Contains(text, "ENOSPC"), strings.Contains(text, "No space left"):
		next = "free some disk space: the cache (XDG_CACHE_HOME, else ~/.cache) takes up to 4 GB, a build as much again in TMPDIR"
	}
	return fmt.Errorf("%w\nnext: %s", err, next)
}
