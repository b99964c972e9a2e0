package program

import "testing"

// TestDeploy: the command can be copied, and takes what the plan was made of.
func TestDeploy(t *testing.T) {
	for _, tt := range []struct{ environments, values, want string }{
		{"environments/", "/etc/a.tfvars", `npx cdktf deploy dev --var-file=/etc/a.tfvars`},
		{"other/", "/etc/a.tfvars", `npx cdktf deploy dev --var-file=/etc/a.tfvars --app 'go run . -environments other'`},
		{"o t", "/etc/a b.tfvars", `npx cdktf deploy dev --var-file='/etc/a b.tfvars' --app 'go run . -environments '\''o t'\'''`},
	} {
		if got := Deploy(tt.environments, "dev", tt.values); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got, want := MakePlan("o t", "dev"), "make plan STACK=dev ENVIRONMENTS='o t'"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := MakePlan("environments", "dev"), "make plan STACK=dev"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
