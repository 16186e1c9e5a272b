package output

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain, with ünicode":          "plain, with ünicode",
		"\x1b]0;title\x07":             `\u001b]0;title\u0007`,
		"\x9b31m":                      "\ufffd31m",
		"\u009b31m":                    `\u009b31m`,
		"a\rb\nc\td":                   `a\u000db\u000ac\u0009d`,
		"\u202eabc\u2066":              `\u202eabc\u2066`,
		"\u2028":                       `\u2028`,
		"::set-output name=x::y":       `\u003a:set-output name=x::y`,
		"  ::error::x":                 `  \u003a:error::x`,
		"a ::error::x":                 "a ::error::x",
		"a ##[error]b":                 `a #\u0023[error]b`,
		"##vso[task.setvariable]x ###": `#\u0023vso[task.setvariable]x #\u0023#`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

func TestRedactSecrets(t *testing.T) {
	const canary = "CANARY-PW-41d8"
	for text, want := range map[string]string{
		"proxy http://me:" + canary + "@proxy.test:3128: refused":                       "proxy http://***@proxy.test:3128: refused",
		"http://me:p@" + canary + "@proxy.test":                                         "http://***@proxy.test",
		"GET https://s3.test/x?X-Amz-Signature=" + canary + "&y=1: 403":                 "GET https://s3.test/x?*** 403",
		"signed X-Amz-Signature=" + canary + "&x":                                       "signed X-Amz-Signature=***&x",
		"sig=" + canary + "; sv=1":                                                      "sig=***; sv=1",
		"no Bearer " + canary + "==, please":                                            "no Bearer ***, please",
		"header basic Y2k6" + canary + "==":                                             "header basic ***",
		`{"access_token": "` + canary + `", "x": 1}`:                                    `{"access_token":"***", "x": 1}`,
		"token eyJhbGciOiJIUzI1NiJ9.eyJ" + canary + ".sig":                              "token ***",
		"basic authentication, bearer of news":                                          "basic authentication, bearer of news",
		"read reg.test:5000/app@sha256:abc: GET http://reg.test:5000/v2/app: 404 token": "read reg.test:5000/app@sha256:abc: GET http://reg.test:5000/v2/app: 404 token",
	} {
		if got := redactSecrets(text); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b[31m ::error::x ##[group] \u202e \xff\n::warning::")
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(redactSecrets(s))
		bare := strings.TrimLeft(got, " ")
		if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(got, "##") || strings.HasPrefix(bare, "::") {
			t.Errorf("%q is printed as %q", s, got)
		}
		if again := Printable(got); again != got {
			t.Errorf("%q, printed again, is %q", got, again)
		}
		raw, _ := json.Marshal(s)
		shown := rawjson.Printable(raw)
		var before, after string
		if json.Unmarshal(raw, &before) != nil || json.Unmarshal(shown, &after) != nil || before != after {
			t.Errorf("%q is read as %q from %s", before, after, shown)
		}
		if strings.ContainsFunc(string(shown), func(r rune) bool { return !unicode.IsPrint(r) }) || strings.Contains(string(shown), "##") {
			t.Errorf("%q is shown as %s", s, shown)
		}
	})
}
