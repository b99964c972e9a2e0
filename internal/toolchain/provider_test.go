package toolchain

import (
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/sourcebuild"
)

func TestTheSourceIsOfTheVersionThatIsDownloaded(t *testing.T) {
	if got := sourcebuild.ProviderVersion; got != ProviderVersion {
		t.Errorf("sourcebuild builds the AWS provider %s, want %s; raise both together", got, ProviderVersion)
	}
}
