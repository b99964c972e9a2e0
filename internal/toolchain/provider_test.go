package toolchain

import "testing"

func TestEachProviderThatIsDownloadedCanBeBuilt(t *testing.T) {
	for _, version := range []string{ProviderVersion, OldestProviderVersion} {
		if _, err := providerSource(version); err != nil {
			t.Error(err)
		}
	}
}
