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

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// MaxErrorBody limits how much of the body of a failure is read.
const MaxErrorBody = 64 << 10

// Words are the text of the body of a failure.
type Words struct {
	Codes []Code // the errors in the body
	Text  string // the text, if there are no errors
	Page  bool   // the body is an HTML page
	json  bool   // the text is the message of a JSON error
}

// Read reads the body of a failure. A body that breaks off counts as far as it came.
func Read(resp *http.Response) Words {
	if resp.Request != nil && resp.Request.Method == http.MethodHead { // the answer has no body
		if IsHTML(resp.Header, nil) {
			return Words{Text: "an HTML page" + PageHint, Page: true}
		}
		return Words{}
	}
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, MaxErrorBody))
	return WordsOf(resp.Header, raw)
}

// Masked hides secrets in all texts and shortens the texts for a message.
func (w Words) Masked(secrets func(string) string) Words {
	hide := func(s string) string { return Shorten(secrets(s)) }
	for i, c := range w.Codes {
		w.Codes[i] = Code{hide(c.Code), hide(c.Message), hide(c.Detail)}
	}
	w.Text = hide(w.Text)
	return w
}

// Line joins all texts in one line, without [PageHint].
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

// opaque matches a word that may be a token.
var opaque = lazyregexp.New(`[\w+/=.~-]*\d[\w+/=.~-]*`)

// WithoutTokens is for answers of token servers. It keeps only texts in the form of an error, and hides words that
// may be a token.
func (w Words) WithoutTokens() Words {
	hide := func(s string) string {
		return opaque().ReplaceAllStringFunc(s, func(word string) string {
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

// WordsOf understands the bodies of registries (distribution-spec, "Error Codes"), of other servers with JSON, of
// object stores (XML) and of proxies (HTML and text).
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
		return Words{Text: "the answer is compressed (" + Shorten(coding) + ")"}
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

// CodingOf returns the content coding of an answer (RFC 9110, 8.4), or "" if the bytes are not encoded.
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

var markupOfPage = lazyregexp.New(`(?i)<(!doctype\s+html|html|head|title|body|h1|script|meta|center)\b`)

// IsHTML reports whether an answer is an HTML page, by its header or its first bytes.
func IsHTML(h http.Header, body []byte) bool {
	bare := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	start := bare[:min(len(bare), 4<<10)]
	return strings.Contains(strings.ToLower(h.Get("Content-Type")), "html") || bytes.HasPrefix(bare, []byte("<")) && markupOfPage().Match(start)
}

// PageHint is the end of the text for an HTML page.
const PageHint = ", which no registry sends: is there a proxy or a login page in between?"

// PageText describes a page by its title.
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

// wordsOfXML reads the code and the message of an object store's error.
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

// element returns the text of the first element with a name, ignoring case.
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

var tags = lazyregexp.New(`<[^>]*>`)

// withoutTags returns the text between tags. It keeps the content of CDATA sections.
func withoutTags(s string) string {
	s = strings.NewReplacer("<![CDATA[", "", "]]>", "").Replace(s)
	return html.UnescapeString(tags().ReplaceAllString(s, " "))
}

// StatusText returns the number of a status and its name, such as "404 Not Found".
func StatusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// firstLine returns the first line that is not blank.
func firstLine(raw []byte) string {
	if odd := bytes.Count(raw, []byte{0}); odd > 0 || !utf8.Valid(raw) && !mostlyText(raw) {
		return fmt.Sprintf("%d bytes of binary data", len(raw))
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// mostlyText reports whether bytes that are not UTF-8 are text in another encoding, or text that was cut.
func mostlyText(raw []byte) bool {
	plain := 0
	for _, b := range raw {
		if b >= ' ' && b < 0x7f || b == '\n' || b == '\r' || b == '\t' {
			plain++
		}
	}
	return plain*10 >= len(raw)*9
}

// Shorten makes a text fit into one line of a message.
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
