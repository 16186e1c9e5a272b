package refusal

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxErrorBody is how much of an answer is read that is no success.
const MaxErrorBody = 64 << 10

// Words are what the body of an answer says about a failure.
type Words struct {
	Codes []Code // what has a code, or is an entry of a list of errors
	Text  string // otherwise
	Page  bool   // it is a page for people
	json  bool   // the text stood in JSON, under a key for it
}

// Read reads the body of an answer that is no success. A body that breaks off counts as far as it came.
func Read(resp *http.Response) Words {
	if resp.Request != nil && resp.Request.Method == http.MethodHead { // whose answer has no body
		if IsHTML(resp.Header, nil) {
			return Words{Text: "an HTML page" + PageHint, Page: true}
		}
		return Words{}
	}
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, MaxErrorBody))
	return WordsOf(resp.Header, raw)
}

// Masked hides secrets, and keeps what fits into a line of a message.
func (w Words) Masked(secrets func(string) string) Words {
	hide := func(s string) string { return Shorten(secrets(s)) }
	for i, c := range w.Codes {
		w.Codes[i] = Code{hide(c.Code), hide(c.Message), hide(c.Detail)}
	}
	w.Text = hide(w.Text)
	return w
}

// Line is all words in one line, without the question whether a proxy has answered.
func (w Words) Line() string {
	var parts []string
	for _, code := range w.Codes {
		parts = append(parts, code.String())
	}
	if w.Text != "" {
		parts = append(parts, strings.TrimSuffix(w.Text, PageHint))
	}
	return strings.Join(parts, ": ")
}

// opaque is what may be a token.
var opaque = regexp.MustCompile(`[\w+/=.~-]*\d[\w+/=.~-]*`)

// WithoutTokens keeps of the words of a token server what has the form of an error, and nothing in it that may be
// a token.
func (w Words) WithoutTokens() Words {
	hide := func(s string) string {
		return opaque.ReplaceAllStringFunc(s, func(word string) string {
			if len(word) < 16 {
				return word
			}
			return "***"
		})
	}
	codes := w.Codes
	if len(codes) == 0 && w.Text != "" && w.json {
		codes = []Code{{Message: w.Text}}
	}
	for i, c := range codes {
		codes[i] = Code{Code: hide(c.Code), Message: hide(c.Message)}
	}
	return Words{Codes: codes}
}

// WordsOf understands the bodies of registries (distribution-spec, "Error Codes"), of other servers that speak
// JSON, of object stores (XML), of proxies (HTML and text).
func WordsOf(h http.Header, raw []byte) Words {
	coding := CodingOf(h)
	if coding == "gzip" || coding == "x-gzip" {
		raw, coding = gunzip(raw), ""
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	switch {
	case len(raw) == 0:
		return Words{}
	case coding != "":
		return Words{Text: "its answer is compressed (" + Shorten(coding) + ")"}
	}
	if said, ok := wordsOfJSON(raw); ok {
		return said
	}
	switch {
	case IsHTML(h, raw):
		return Words{Text: PageText(raw), Page: true}
	case raw[0] == '<':
		return wordsOfXML(raw)
	}
	return Words{Text: firstLine(raw)}
}

// CodingOf is the content coding of an answer (RFC 9110, 8.4); empty where the bytes are as they are.
func CodingOf(h http.Header) string {
	coding := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding")))
	if coding == "identity" {
		return ""
	}
	return coding
}

func gunzip(raw []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return raw
	}
	plain, _ := io.ReadAll(io.LimitReader(r, MaxErrorBody))
	return plain
}

var markupOfPage = regexp.MustCompile(`(?i)<(!doctype\s+html|html|head|title|body|h1|script|meta|center)\b`)

func IsHTML(h http.Header, body []byte) bool {
	bare := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	start := bare[:min(len(bare), 4<<10)]
	return strings.Contains(strings.ToLower(h.Get("Content-Type")), "html") || bytes.HasPrefix(bare, []byte("<")) && markupOfPage.Match(start)
}

const PageHint = ", which is not what a registry sends: is there a proxy or a login page in between?"

// PageText names a page by its title.
func PageText(raw []byte) string {
	title := ""
	for _, name := range []string{"title", "h1", "h2"} {
		if title = element(raw, name); title != "" {
			return fmt.Sprintf("an HTML page (%s)", Shorten(title)) + PageHint
		}
	}
	if raw[0] != '<' {
		return firstLine(raw)
	}
	return "an HTML page" + PageHint
}

// wordsOfXML finds the code and the message of an error of an object store.
func wordsOfXML(raw []byte) Words {
	code := Code{Code: element(raw, "code"), Message: element(raw, "message")}
	for _, name := range []string{"authenticationerrordetail", "details", "detail"} {
		if code.Detail == "" {
			code.Detail = element(raw, name)
		}
	}
	if code != (Code{}) {
		return Words{Codes: []Code{code}}
	}
	return Words{Text: firstLine([]byte(withoutTags(string(raw))))}
}

// element is the text of the first element of a name, in any case.
func element(raw []byte, name string) string {
	start := regexp.MustCompile(`(?i)<(?:\w+:)?` + name + `(?:\s[^>]*)?>`).FindIndex(raw)
	if start == nil {
		return ""
	}
	rest := raw[start[1]:]
	end := regexp.MustCompile(`(?i)</(?:\w+:)?` + name + `\s*>`).FindIndex(rest)
	if end != nil {
		rest = rest[:end[0]]
	}
	return strings.Join(strings.Fields(withoutTags(string(rest))), " ")
}

var tags = regexp.MustCompile(`<[^>]*>`)

// withoutTags is the text between tags. The content of a CDATA section stays.
func withoutTags(s string) string {
	s = strings.NewReplacer("<![CDATA[", "", "]]>", "").Replace(s)
	return html.UnescapeString(tags.ReplaceAllString(s, " "))
}

// StatusText returns the number of a status and its name, such as "404 Not Found".
func StatusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// firstLine is the first line of a text that says something.
func firstLine(raw []byte) string {
	if odd := bytes.Count(raw, []byte{0}); odd > 0 || !utf8.Valid(raw) && !mostlyText(raw) {
		return fmt.Sprintf("%d bytes that are no text", len(raw))
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// mostlyText tells a text in an older encoding, or one that was cut, from other bytes.
func mostlyText(raw []byte) bool {
	plain := 0
	for _, b := range raw {
		if b >= ' ' && b < 0x7f || b == '\n' || b == '\r' || b == '\t' {
			plain++
		}
	}
	return plain*10 >= len(raw)*9
}

// Shorten leaves what fits into a line of a message.
func Shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	runes := []rune(s)
	if len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return s
}
