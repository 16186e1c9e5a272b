package refusal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxCodes limits the errors that are shown of one answer.
const maxCodes = 5

// A Code is one entry of the error list in an answer (distribution-spec, "Error Codes"). Other errors,
// such as the XML of an object store or the error of an OAuth server (RFC 6749, 5.2), have the same form.
type Code struct {
	Code    string
	Message string
	Detail  string // a text as it is, other JSON without its marks
}

func (c Code) String() string {
	var parts []string
	for _, part := range []string{c.Code, c.Message, c.Detail} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// wordsOfJSON understands a list of errors, one error, or a text. It shows other JSON without punctuation.
func wordsOfJSON(raw []byte) (said Words, ok bool) {
	if !bytes.ContainsAny(raw[:1], `{["`) || !json.Valid(raw) {
		return Words{}, false
	}
	var codes []Code
	var list []json.RawMessage
	if json.Unmarshal(field(raw, "errors"), &list) == nil || json.Unmarshal(raw, &list) == nil {
		for _, entry := range list[:min(len(list), maxCodes)] {
			if code := codeOf(entry); code != (Code{}) {
				codes = append(codes, code)
			}
		}
	}
	if len(codes) == 0 {
		if code := codeOf(raw); code != (Code{}) {
			codes = []Code{code}
		}
	}
	if len(codes) == 1 && codes[0].Code == "" && codes[0].Detail == "" {
		return Words{Text: codes[0].Message, json: true}, true
	}
	if len(codes) > 0 {
		return Words{Codes: codes}, true
	}
	return Words{Text: flat(raw)}, true
}

var (
	codeKeys    = []string{"code", "errorcode", "error", "reason"}
	messageKeys = []string{"message", "error_description", "errormessage", "faultstring", "msg", "description", "details", "detail", "reason", "title", "error"}
	nestedKeys  = []string{"error", "errors", "fault", "error_description", "message", "details", "detail"}
)

// codeOf understands one error: a text, or an object with the keys of registries, of OAuth, or of other servers.
func codeOf(raw json.RawMessage) Code { return codeWithin(raw, maxNesting) }

// maxNesting limits the depth of objects around an error.
const maxNesting = 3

func codeWithin(raw json.RawMessage, depth int) Code {
	if s, ok := textOf(raw); ok {
		return Code{Message: s}
	}
	code := Code{Message: first(raw, messageKeys, "")}
	code.Code = first(raw, codeKeys, code.Message)
	if code.Message == "" && depth > 0 {
		for _, key := range nestedKeys {
			nested := field(raw, key)
			if len(nested) == 0 || nested[0] != '{' {
				continue
			}
			if inner := codeWithin(nested, depth-1); inner.Message != "" {
				return inner
			}
		}
	}
	if detail := detailOf(field(raw, "detail")); detail != code.Message && code != (Code{}) {
		code.Detail = detail
	}
	return code
}

// first returns the text of the first key that has one and whose text is not other.
func first(raw json.RawMessage, keys []string, other string) string {
	for _, key := range keys {
		if s, ok := textOf(field(raw, key)); ok && s != "" && s != other {
			return s
		}
	}
	return ""
}

// field returns the value of a key, ignoring case.
func field(raw json.RawMessage, key string) json.RawMessage {
	var object map[string]json.RawMessage
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &object) != nil {
		return nil
	}
	if value, ok := object[key]; ok {
		return value
	}
	for _, k := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(k, key) {
			return object[k]
		}
	}
	return nil
}

// textOf returns a JSON string, or a number as text.
func textOf(raw json.RawMessage) (string, bool) {
	var s string
	var n json.Number
	switch {
	case len(raw) == 0:
		return "", false
	case raw[0] == '"':
		err := json.Unmarshal(raw, &s)
		return strings.TrimSpace(s), err == nil
	case json.Unmarshal(raw, &n) == nil:
		return n.String(), n != ""
	}
	return "", false
}

// detailOf returns the detail of an error: a text, the text in an object, or other JSON without punctuation.
func detailOf(raw json.RawMessage) string {
	if s, ok := textOf(raw); ok {
		return s
	}
	if s := first(raw, messageKeys, ""); s != "" {
		return s
	}
	return flat(raw)
}

// flat writes JSON without punctuation, such as "name=app action=pull". It decodes strings, so that secrets in them
// can be found.
func flat(raw []byte) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return ""
	}
	return flatValue(value, maxNesting)
}

func flatValue(value any, depth int) string {
	var parts []string
	separator := " "
	if depth < 0 {
		return "…"
	}
	switch v := value.(type) {
	case nil:
		return ""
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if text := flatValue(v[key], depth-1); text != "" {
				parts = append(parts, key+"="+text)
			}
		}
	case []any:
		separator = ", "
		for _, entry := range v[:min(len(v), maxCodes)] {
			if text := flatValue(entry, depth-1); text != "" {
				parts = append(parts, text)
			}
		}
	default:
		return strings.TrimSpace(fmt.Sprint(v))
	}
	return strings.Join(parts, separator)
}
