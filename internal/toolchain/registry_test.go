package toolchain

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRegistryAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		status     int
		body, want string
	}{
		"a registry":           {200, `{"providers.v1":"/v1/providers/"}`, ""},
		"a proxy's login page": {200, `<html>`, "does not name providers.v1"},
		"blocked":              {403, `{}`, "got status 403 Forbidden, want 200"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			defer server.Close()
			err := registryAnswers(t.Context(), server.URL)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
