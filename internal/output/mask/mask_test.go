package mask

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

const secret = `Cänary"\w&/<x>+%41 ñ-9'd8`

// encodings are ways in which a text repeats a secret.
var encodings = map[string]func(string) string{
	"raw":               func(s string) string { return s },
	"upper case":        func(s string) string { return asciiUpper(s) },
	"JSON":              jsonText,
	"JSON, \\u":         func(s string) string { return unicodeEscapes(s, `\u%04x`) },
	"JSON, \\U upper":   func(s string) string { return unicodeEscapes(s, `\u%04X`) },
	"JSON, slashes":     func(s string) string { return strings.ReplaceAll(jsonText(s), "/", `\/`) },
	"JSON in JSON":      func(s string) string { return jsonText(jsonText(s)) },
	"Go %q":             func(s string) string { return unquoted(strconv.Quote(s)) },
	"Go %+q":            func(s string) string { return unquoted(strconv.QuoteToASCII(s)) },
	"form":              url.QueryEscape,
	"path":              url.PathEscape,
	"lower %xx":         func(s string) string { return percents(s, "%%%02x") },
	"upper %XX":         func(s string) string { return percents(s, "%%%02X") },
	"URL in JSON":       func(s string) string { return jsonText(url.QueryEscape(s)) },
	"URL in URL":        func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"HTML":              html.EscapeString,
	"HTML, numbers":     func(s string) string { return runes(s, "&#%d;") },
	"HTML, hexadecimal": func(s string) string { return runes(s, "&#x%X;") },
	"HTML in JSON":      func(s string) string { return jsonText(html.EscapeString(s)) },
	"base64":            func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, raw URL":   func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 of a pair":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("ci:" + s)) },
	"base64, 1 before":  func(s string) string { return base64.URLEncoding.EncodeToString([]byte("x" + s + "yy")) },
	"base64, 2 before":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xx" + s + "y")) },
	"base64 in URL":     func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("ci:" + s))) },
	"base64 in JSON": func(s string) string {
		return strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(s)), "/", `\/`)
	},
}

func asciiUpper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 32
		}
		return r
	}, s)
}

func jsonText(s string) string {
	raw, _ := json.Marshal(s)
	return unquoted(string(raw))
}

func unquoted(s string) string { return s[1 : len(s)-1] }

func unicodeEscapes(s, form string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, form, u)
	}
	return b.String()
}

func percents(s, form string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, form, c)
	}
	return b.String()
}

func runes(s, form string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, form, r)
	}
	return b.String()
}

// Every encoding of every kind of secret is hidden, and the text beside it stays.
func TestEncodings(t *testing.T) {
	for _, s := range []string{
		secret, "CANARY-PW-41d8", "plainpassword", "a+b c/d=e?f", `back\nslash\`, "emoji-😀-pass", "tab\tand\nline", "p\xe4ssw\xf6rd-latin",
		`\u0041bcdefg`, "%2Fpercent%", "&amp;entity;", `"quoted"`, "dckr_pat_Zm9vYmFyYmF6cXV4",
	} {
		var m Mask
		m.Add("ci", s)
		for name, encode := range encodings {
			encoded := encode(s)
			text := "before (" + encoded + ") after"
			got := m.HideString(text)
			if !strings.HasPrefix(got, "before (") || !strings.HasSuffix(got, ") after") || !strings.Contains(got, stars) {
				t.Errorf("%q, %s: %q is shown as %q", s, name, text, got)
			}
			if inner := got[8 : len(got)-7]; len(inner) > 10 {
				t.Errorf("%q, %s: too much is left of %q: %q", s, name, text, inner)
			}
		}
	}
}

// A secret that was cut does not show its first part.
func TestCutSecrets(t *testing.T) {
	var m Mask
	m.Add("ci", secret, "CANARY-PW-41d8")
	for _, text := range []string{"no CANARY…", "no CANARY-PW-41d…", jsonText("no " + secret[:12] + "…"), "Basic Y2k6Q0FOQVJZ…"} {
		if got := m.HideString(text); strings.Contains(got, "CANA") || strings.Contains(got, "Cän") || strings.Contains(got, "Q0FO") {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

// Results keep their form whatever the secrets are.
func TestResultsStay(t *testing.T) {
	const digest = "sha256:8300e0d2c6a4e1ad1c5f9f0cdd0d1f2d3a7bb9e0b0f1c2d3e4f5a6b7c8d9eabc"
	results := []string{
		"Digest: " + digest + " 1234\n",
		`{"schema": "manifest-tool.push/v1", "digest": "` + digest + `", "size": 1234, "mediaType": "x", "platforms": ["linux/amd64"]}`,
		"manifest-tool: warning: latest moved from " + digest,
	}
	for _, given := range []string{"a", "ab", "abc", "83", "8300", "00e0", "d9ea", "Dige", "sha2", "sha256", "digest", "latest", "size", "manifest", "1 12"} {
		var m Mask
		m.Add("ci", given)
		for _, text := range results {
			if got := string(m.HideJSON([]byte(m.HideString(text)))); got != text {
				t.Errorf("with the password %q, %q is shown as %q", given, text, got)
			}
		}
	}
	var m Mask
	m.AddIssued(digest, digest[7:], digest[:20], digest[20:], "Digest:+"+digest, "Digest:", `"digest":`, `size`, "")
	for _, text := range results {
		if got := m.HideString(text); got != text {
			t.Errorf("a server's token changes %q to %q", text, got)
		}
	}
}

// Short secrets are hidden as words, and shorter ones beside their user.
func TestShortSecrets(t *testing.T) {
	for _, test := range []struct{ secret, text, want string }{
		{"hush", "no hush here", "no *** here"},
		{"hush", "hushed, Hush and ahush", "hushed, Hush and ahush"},
		{"hush", `{"password":"hush"}`, `{"password":"***"}`},
		{"hush", "Basic Y2k6aHVzaA==", "Basic ***"},
		{"hush", "http://ci:hush@proxy", "http://***@proxy"},
		{"abc", "abc and ci:abc", "abc and ***"},
		{"latest", "latest and Basic " + base64.StdEncoding.EncodeToString([]byte("ci:latest")), "latest and Basic ***"},
		{"x", "ci:x", "***"},
	} {
		var m Mask
		m.Add("ci", test.secret)
		if got := m.HideString(test.text); got != test.want {
			t.Errorf("%q in %q: %q, not %q", test.secret, test.text, got, test.want)
		}
	}
}

// A password that is a part of a name of the command does not change the name.
func TestPublicNames(t *testing.T) {
	var m Mask
	m.AddPublic("reg.test/admin/app", "oci-layout:longer-secret")
	m.Add("admin", "admin")
	m.Add("ci", "longer-secret", "other-secret")
	const text = "reg.test/admin/app longer-secret other-secret admin:admin " + "YWRtaW46YWRtaW4="
	if got, want := m.HideString(text), "reg.test/admin/app longer-secret *** *** ***"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// JSON stays valid, and what is no string stays as it is.
func TestHideJSON(t *testing.T) {
	var m Mask
	m.Add("ci", secret, "12345678", `","b":"`, "north123")
	text := []byte(`{"size": 12345678, "a":"12345678","b":"` + jsonText(secret) + `", "x": "\north123 \\north123"}`)
	got := m.HideJSON(text)
	var read map[string]any
	if err := json.Unmarshal(got, &read); err != nil || read["a"] != stars || read["b"] != stars || read["size"] != 12345678.0 {
		t.Errorf("%v: %s", err, got)
	}
}

func FuzzHide(f *testing.F) {
	f.Add("a secret: \\u0041 %41 &amp; …", "hunter2hunter")
	f.Add(`"\\\"%25%`, `\\"%`)
	f.Fuzz(func(t *testing.T, text, s string) {
		var m Mask
		m.Add("", s)
		if m.HideString(text); len(s) >= strong && !isResultWord(s) {
			for name, encode := range encodings {
				if got := m.HideString("<" + encode(s) + ">"); !strings.Contains(got, stars) {
					t.Errorf("%q, %s: %q is shown as %q", s, name, encode(s), got)
				}
			}
		}
		raw, _ := json.Marshal(text)
		if got := m.HideJSON(raw); !json.Valid(got) {
			t.Errorf("%q is hidden in %s as %s", s, raw, got)
		}
	})
}

// The cost is linear in the text, whatever the text and however many secrets there are.
func BenchmarkHide(b *testing.B) {
	const size = 4 << 20
	for name, text := range map[string]string{
		"manifest":    strings.Repeat(`{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:8300","size":1}`+"\n", size/93),
		"escapes":     strings.Repeat(`\"`, size/2),
		"backslashes": strings.Repeat(`\`, size),
		"percents":    strings.Repeat("%25", size/3),
		"references":  strings.Repeat("&amp;", size/5),
		"ellipses":    strings.Repeat("…", size/3),
		"repeated":    strings.Repeat("a", size),
		"secrets":     strings.Repeat("CANARY-PW-41d8 ", size/15),
		"digests":     strings.Repeat("sha256:", size/7),
	} {
		for _, secrets := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d", name, secrets), func(b *testing.B) {
				var m Mask
				m.Add("ci", "CANARY-PW-41d8")
				for i := range secrets - 1 {
					m.AddIssued(fmt.Sprintf("eyJhbGciOiJIUzI1NiJ9.%d.%s", i, strings.Repeat("x", 1000)))
				}
				m.AddIssued(strings.Repeat("a", 60<<10) + "b")
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					m.HideString(text)
				}
			})
		}
	}
}
