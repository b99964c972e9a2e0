package constructs

import "testing"

func TestExpr(t *testing.T) {
	for _, tt := range []struct{ name, template, want string }{
		{"unwraps an expression", "${var.vpc_cidr}", "var.vpc_cidr"},
		{"quotes text", "10.0.0.0/16", `"10.0.0.0/16"`},
		{"quotes a mix", "${var.name}-prefect-api", `"${var.name}-prefect-api"`},
		{"quotes two expressions", "${var.a}${var.b}", `"${var.a}${var.b}"`},
		{"keeps a token", "${TfToken[TOKEN.1]}", "${TfToken[TOKEN.1]}"},
		{"keeps a token out of quotes", `${TfToken[TOKEN.1]}:key::`, `join("", [${TfToken[TOKEN.1]}, ":key::"])`},
		{"keeps tokens apart", `a"${TfToken[TOKEN.1]}${TfToken[TOKEN.2]}${var.b}`, `join("", ["a\"", ${TfToken[TOKEN.1]}, ${TfToken[TOKEN.2]}, "${var.b}"])`},
		{"escapes quotes and backslashes outside of expressions", `a"b\c`, `"a\"b\\c"`},
		{"leaves quotes inside of expressions", `${lookup(var.m, "k")}-x`, `"${lookup(var.m, "k")}-x"`},
		{"leaves braces inside of expressions", `x-${jsonencode({ a = "}" })}`, `"x-${jsonencode({ a = "}" })}"`},
		{"leaves escaped text", `$${x}"`, `"$${x}\""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Expr(tt.template); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestEscape(t *testing.T) {
	if got, want := Escape("100%{x} ${y} $5"), "100%%{x} $${y} $5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
