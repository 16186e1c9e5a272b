package output

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/verify"
)

// PrintVerified prints the results of a verification: text, json, junit, sarif or github.
func (p *Printer) PrintVerified(results []verify.Result, format string) error {
	switch format {
	case "json":
		return p.WriteJSON(verifiedOutput(results))
	case "junit":
		return p.WriteResult(junit(results))
	case "sarif":
		return p.WriteJSON(sarif(results))
	case "github":
		return p.WriteResult(annotations(results))
	}
	return p.WriteResult(verifiedText(results))
}

// A FindingsError says how many findings of a verification count as errors.
type FindingsError struct{ findings, bad, images int }

func (e FindingsError) Error() string {
	if e.images == 1 {
		return "verify: " + Count(e.findings, "finding")
	}
	return fmt.Sprintf("verify: %s in %d of %s", Count(e.findings, "finding"), e.bad, Count(e.images, "image"))
}

// FindingsOf returns an error if there are findings that count: errors, and with strict also warnings.
func FindingsOf(results []verify.Result, strict bool) error {
	e := FindingsError{images: len(results)}
	for _, r := range results {
		n := verify.Count(r.Findings, verify.Error)
		if strict {
			n = len(r.Findings)
		}
		if e.findings += n; n > 0 {
			e.bad++
		}
	}
	if e.findings == 0 {
		return nil
	}
	return e
}

// columns is the width of a terminal that text is made for.
const columns = 80

// verifiedText is a table of the findings, and a line for each image.
func verifiedText(results []verify.Result) []byte {
	var b bytes.Buffer
	width := len("RULE")
	for _, r := range results {
		for _, f := range r.Findings {
			width = max(width, len(f.ID))
		}
	}
	for _, r := range results {
		if len(r.Findings) > 0 {
			fmt.Fprintf(&b, "%-8s  %-*s  %s\n", "SEVERITY", width, "RULE", "WHERE")
		}
		for _, f := range r.Findings {
			head := fmt.Sprintf("%-8s  %-*s  ", f.Severity, width, f.ID)
			where := whereName(f)
			if len(head)+len(where) > columns && len(f.Platforms) > 1 { // the text below names them
				where = Count(len(f.Platforms), "platform")
			}
			fmt.Fprintf(&b, "%s%s\n", head, where)
			fmt.Fprintf(&b, "  %s\n%s%s", Printable(whatIsWrong(r, f)), wrap(Printable(redactSecrets(f.What)), "  "), wrap("fix: "+f.Do, "  "))
		}
		if r.Repair != nil {
			for _, digest := range r.Repair.Brought {
				fmt.Fprintf(&b, "repaired %s\n", digest)
			}
		}
		fmt.Fprintf(&b, "%s\n", verdict(r))
	}
	return b.Bytes()
}

// whereName is the platforms of a finding, or else image.
func whereName(f verify.Finding) string {
	if len(f.Platforms) == 0 {
		return "image"
	}
	return strings.Join(platformNames(f.Platforms), ", ")
}

// whatIsWrong is the object of a finding: its digest alone, if it is in the place of the image.
func whatIsWrong(r verify.Result, f verify.Finding) string {
	if f.Where.Place == r.Reference.Place && f.Where.Digest != (v1.Hash{}) {
		return f.Where.Digest.String()
	}
	return f.Where.String()
}

// verdict is a line about an image.
func verdict(r verify.Result) string {
	return Printable(imageName(r)) + ": " + summaryOf(r)
}

// imageName is an image with all its tags.
func imageName(r verify.Result) string {
	name := r.Reference.Unpinned().String()
	if more := slices.DeleteFunc(slices.Clone(r.Tags), func(tag string) bool { return tag == r.Reference.Tag }); len(more) > 0 {
		name += " (and " + strings.Join(more, ", ") + ")"
	}
	return name
}

// summaryOf says how an image is, and how much of it was verified.
func summaryOf(r verify.Result) string {
	if r.Err != nil {
		return "not verified: " + Printable(errorText(r.Err))
	}
	var parts []string
	errors, warnings := verify.Count(r.Findings, verify.Error), verify.Count(r.Findings, verify.Warning)
	switch {
	case errors > 0 && warnings > 0:
		parts = append(parts, Count(errors, "error")+" and "+Count(warnings, "warning"))
	case errors > 0:
		parts = append(parts, Count(errors, "error"))
	case warnings > 0:
		parts = append(parts, "whole, with "+Count(warnings, "warning"))
	default:
		parts = append(parts, "whole")
	}
	if r.Digest != (v1.Hash{}) {
		blobs := Count(r.Blobs, "blob")
		if r.Deep {
			blobs += " read"
		}
		parts = append(parts, Count(len(r.Platforms), "platform"), Count(r.Manifests, "manifest"), blobs)
		if r.Referrers > 0 {
			parts = append(parts, Count(r.Referrers, "referrer"))
		}
	}
	if repair := r.Repair; repair != nil && len(repair.Brought)+len(repair.NotFound) > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s repaired", len(repair.Brought), Count(len(repair.Brought)+len(repair.NotFound), "object")))
	}
	return strings.Join(parts, ", ")
}

// wrap breaks a text into lines with an indent. A word that is longer than a line has a line of its own.
func wrap(text, indent string) string {
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len(line)+1+len([]rune(word)) > columns {
			b.WriteString(line + "\n")
			line = indent + "  "
		} else if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}
