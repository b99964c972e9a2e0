package prefect

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
)

// TestCall: a busy server is asked again, with the same body; one that refuses is not.
func TestCall(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []int
		wantErr bool
	}{
		{"busy once", []int{503, 201}, false},
		{"refused", []int{404}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var body [8]byte
				n, _ := r.Body.Read(body[:])
				if got := string(body[:n]); got != `"x"` {
					t.Errorf("try %d: got the body %q", asked, got)
				}
				w.WriteHeader(tt.answers[asked])
				asked++
				fmt.Fprint(w, `"made"`)
			}))
			defer busy.Close()
			at, err := url.Parse(busy.URL)
			if err != nil {
				t.Fatal(err)
			}
			port, err := strconv.Atoi(at.Port())
			if err != nil {
				t.Fatal(err)
			}
			var got string
			err = (&Server{Port: port}).Call(t.Context(), "POST", "/deployments/", "x", &got)
			if (err != nil) != tt.wantErr || asked != len(tt.answers) {
				t.Errorf("got %v after %d requests, want %d", err, asked, len(tt.answers))
			}
		})
	}
}
