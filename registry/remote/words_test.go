package remote

import (
	"net/http"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

func TestWordsOf(t *testing.T) {
	const json, xml = "application/json", "application/xml"
	page := func(title string) string { return "an HTML page (" + title + ")" + refusal.PageHint }
	for _, test := range []struct{ kind, body, want string }{
		// distribution-spec, "Error Codes"
		{json, `{"errors":[{"code":"DENIED","message":"no"}]}`, "DENIED: no"},
		{json, `{"errors":[{"code":"DENIED"}]}`, "DENIED"},
		{json, `{"errors":[{"message":"no"}]}`, "no"},
		{json, `{"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"}]}`, "A: a: B: b"},
		{json, `{"errors":[{"code":"A","message":"a","detail":"invalid URL on layer"}]}`, "A: a: invalid URL on layer"},
		{json, `{"errors":[{"code":"A","message":"a","detail":"a"}]}`, "A: a"},
		{json, `{"errors":[{"code":"A","message":"a","detail":{"description":"HTTP 403 Forbidden"}}]}`, "A: a: HTTP 403 Forbidden"},
		{json, `{"errors":[{"code":"A","message":"a","detail":[{"Type":"repository","Class":"","Name":"x","Action":"push"}]}]}`, "A: a: Action=push Name=x Type=repository"},
		{json, `{"errors":[{"code":"A","message":"a","detail":{}},{"code":"B","message":"b","detail":null}]}`, "A: a: B: b"},
		{json, `{"errors":[{"status":403,"message":"Forbidden"}]}`, "Forbidden"},
		{json, `{"errors":["no","never"]}`, "no: never"},
		{json, `{"errors":[]}`, ""},
		{json, `[{"code":"A","message":"a"}]`, "A: a"},
		// other JSON
		{json, `{"error":"invalid_grant","error_description":"the token is too old"}`, "invalid_grant: the token is too old"},
		{json, `{"details":"incorrect username or password"}`, "incorrect username or password"},
		{json, `{"code":"Denied","message":"no"}`, "Denied: no"},
		{json, `{"Code":"Denied","Message":"no"}`, "Denied: no"},
		{json, `{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}`, "403: no"},
		{json, `{"title":"Forbidden","status":403,"detail":"no"}`, "no"},
		{json, `{"type":"about:blank","title":"no"}`, "no"},
		{json, `"no"`, "no"},
		{json, `{"ok":false,"left":[1,2]}`, "left=1, 2 ok=false"},
		{json, `{}`, ""},
		{json, strings.Repeat(`{"error":`, 5000) + `"deep"` + strings.Repeat("}", 5000), "error=error=error=error=…"},
		{"", "\ufeff" + `{"message":"no"}`, "no"},
		{json, `{"errors":[{"code":"CUT`, `{"errors":[{"code":"CUT`},
		// object stores
		{xml, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message><HostId>x</HostId></Error>`, "AccessDenied: Request has expired"},
		{xml, `<Error><Code>AuthenticationFailed</Code><Message>Make sure the value is right.` + "\nRequestId:1\nTime:2" + `</Message><AuthenticationErrorDetail>Signature not valid</AuthenticationErrorDetail></Error>`, "AuthenticationFailed: Make sure the value is right. RequestId:1 Time:2: Signature not valid"},
		{"", `<Error><Code>ExpiredToken</Code><Message>a &lt;b&gt; &amp; c</Message></Error>`, "ExpiredToken: a <b> & c"},
		{xml, `<s:Error xmlns:s="x"><s:Code>A</s:Code><s:Message><![CDATA[no]]></s:Message></s:Error>`, "A: no"},
		{xml, `<fault><reason>no</reason></fault>`, "no"},
		{xml, `<Error><Code>Cut</Code><Message>no more`, "Cut: no more"},
		// proxies
		{"text/html", "<html>\r\n<head><title>413 Request Entity Too Large</title></head>", page("413 Request Entity Too Large")},
		{"", "<!DOCTYPE html><title lang=en>\n  Log in &amp; go\n</title>", page("Log in & go")},
		{"", `<?xml version="1.0"?><html xmlns="x"><head><title>no</title></head></html>`, page("no")},
		{"text/html", "<html><body><h1>Forbidden</h1></body></html>", page("Forbidden")},
		{"text/html", "<html></html>", "an HTML page" + refusal.PageHint},
		{"text/html", "just text", "just text"},
		{"text/plain", "\n\n  upstream connect error  \nmore\n", "upstream connect error"},
		{"", "\x00\x01\x02\xff", "4 bytes of binary data"},
		{"text/plain", "verboten: gr\xf6\xdfer als erlaubt", "verboten: gr\xf6\xdfer als erlaubt"},
		{"text/plain", "  \n ", ""},
	} {
		if got := allOf(refusal.WordsOf(http.Header{"Content-Type": {test.kind}}, []byte(test.body))); got != test.want {
			t.Errorf("%.80s: %q, want %q", test.body, got, test.want)
		}
	}
}

// allOf is what a message shows.
func allOf(w refusal.Words) string {
	return strings.TrimPrefix((&ResponseError{Codes: w.Codes, Text: w.Text}).words(), ": ")
}

func TestWordsOfCompressed(t *testing.T) {
	for coding, want := range map[string]string{"gzip": "no", "GZIP": "no", "br": "the answer is compressed (br)"} {
		got := allOf(refusal.WordsOf(http.Header{"Content-Encoding": {coding}}, []byte(gzipped(`{"message":"no"}`))))
		if got != want {
			t.Errorf("%s: %q, want %q", coding, got, want)
		}
	}
	bomb := refusal.WordsOf(http.Header{"Content-Encoding": {"gzip"}}, []byte(gzipped(strings.Repeat("x", 10<<20))))
	if len(bomb.Text) > refusal.MaxErrorBody {
		t.Errorf("%d bytes of words", len(bomb.Text))
	}
}

// Names are no words: they say nothing about the cause.
func TestReasonIgnoresNames(t *testing.T) {
	for message, want := range map[string]refusal.Reason{
		"requested access to quota/immutable-app is denied": refusal.NoReason,
		"no such tag: read-only":                            refusal.NoReason,
		"access to 'expired' is denied":                     refusal.NoReason,
		"the quota of quota/immutable-app is used up":       refusal.Quota,
	} {
		e := &ResponseError{Method: http.MethodPut, URL: "https://reg.test/v2/quota/immutable-app/manifests/read-only", Status: 403, Codes: []refusal.Code{{Message: message}}}
		if got := e.Reason(); got != want {
			t.Errorf("%s: %q, want %q", message, got, want)
		}
	}
}
