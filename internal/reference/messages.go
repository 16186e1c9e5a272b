package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

// messagesPage lists the messages of the program: for users who look for one, and for reviews of the wording.
func messagesPage(root string) ([]byte, error) {
	source, err := parseSource(root)
	if err != nil {
		return nil, err
	}
	hints := source.hints()
	var b bytes.Buffer
	b.WriteString(generated + "# Messages\n\n" +
		"The errors, warnings and hints of manifest-tool, with the exit codes. An ellipsis (…) stands for a name, a number or another message.\n\n" +
		"Many errors are parts of a longer message: \"push registry.example/app:1.0: …\". Where the exit code is \"by its cause\", the other part decides the code. " +
		"The words of a registry, of the operating system and of the Go libraries are not in the tables.\n\n")
	b.WriteString("## Exit codes\n\n| code | meaning |\n|---|---|\n")
	for _, code := range output.ExitCodes {
		fmt.Fprintf(&b, "| %d | %s |\n", code.Code, plain(code.Meaning))
	}
	b.WriteString("\n## Hints\n\nThe first row that matches the error gives the exit code and the hint. The conditions are those of `internal/output/explanations.go`.\n\n")
	b.WriteString("| condition | exit code | hint |\n|---|---|---|\n")
	for _, h := range hints {
		text := strings.Replace(h.text, "CLOUD", "how to set up the credential helper of the cloud", 1)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", h.condition, h.code, plain(text))
	}
	messages := source.messages(hints)
	writeMessages(&b, "Errors", isError, messages)
	writeMessages(&b, "Warnings", isWarning, messages)
	return b.Bytes(), nil
}

// writeMessages writes the messages of a kind, grouped by package.
func writeMessages(b *bytes.Buffer, title string, kind messageKind, messages []message) {
	fmt.Fprintf(b, "\n## %s\n", title)
	at := ""
	seen := map[string]bool{}
	for _, m := range messages {
		row := fmt.Sprintf("| %s | %s |\n", plain(m.text), m.code)
		if kind == isWarning {
			row = fmt.Sprintf("| %s |\n", plain(m.text))
		}
		if m.kind&kind == 0 || seen[m.room+row] {
			continue
		}
		seen[m.room+row] = true
		if m.room != at {
			at = m.room
			columns := []string{"message", "exit code"}
			if kind == isWarning {
				columns = columns[:1]
			}
			fmt.Fprintf(b, "\n### %s: %s\n\n| %s |\n|%s\n", strings.ToLower(title), at, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		}
		b.WriteString(row)
	}
}

// plain is a text for the cell of a table, on one line.
func plain(text string) string { return cell(escape(strings.Join(strings.Fields(text), " "))) }

// readable puts an ellipsis in place of each verb of a format.
func readable(format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-#0123456789.[]", format[i]) >= 0; i++ {
		}
		switch {
		case i >= len(format):
		case format[i] == '%':
			b.WriteByte('%')
		case format[i] == 'q':
			b.WriteString(`"…"`)
		default:
			b.WriteString("…")
		}
	}
	return strings.ReplaceAll(b.String(), "……", "…")
}

// says tells whether a text has words of its own.
func says(text string) bool {
	return slices.ContainsFunc(strings.Fields(strings.ReplaceAll(text, "…", " ")), func(word string) bool {
		return len(strings.Trim(word, `.,;:()"'-`)) > 1
	})
}
