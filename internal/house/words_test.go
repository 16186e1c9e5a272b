package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// riddles are words that stand for a plainer one (CONTRIBUTING.md, "Words").
	riddles = regexp.MustCompile(`(?i)\b(told|tells?|anew|nobody|whoever|mend(s|ed|ing)?|as said|lets? \S+( \S+)? pass|sends us)\b`)
	// persons are words that do not belong into a message, which speaks to "you" and names the program.
	persons = regexp.MustCompile(`(?i)(^|[ (])(we|us|our|somebody)([ ,;:)]|$)`)
)

// TestWords finds words in messages and comments that the reader would have to read twice.
func TestWords(t *testing.T) {
	for room := range productPackages(t) {
		files, err := filepath.Glob(filepath.Join("../..", room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				checkWords(t, file)
			}
		}
	}
}

func checkWords(t *testing.T, name string) {
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faultsOfWords(t, name, source) {
		t.Error(fault)
	}
}

// faultsOfWords returns the faults of the comments and the string literals of a file, each with its place.
func faultsOfWords(t *testing.T, name string, source []byte) (faults []string) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	fault := func(at token.Pos, words []string) {
		for _, word := range words {
			faults = append(faults, files.Position(at).String()+": "+strconv.Quote(word)+": see CONTRIBUTING.md, \"Words\"")
		}
	}
	for _, group := range file.Comments {
		fault(group.Pos(), riddles.FindAllString(group.Text(), -1))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(text, " ") {
			fault(literal.Pos(), slices.Concat(riddles.FindAllString(text, -1), persons.FindAllString(text, -1)))
		}
		return true
	})
	return faults
}

func TestFaultsOfWords(t *testing.T) {
	const source = `// Package a is told by nobody.
package a

import _ "us"

// It lets the image pass.
var a = "we told you" + "nobody" + "use us-east-1 with the amended tag"
`
	want := []string{`a.go:1:1: "told"`, `a.go:1:1: "nobody"`, `a.go:6:1: "lets the image pass"`, `a.go:7:9: "told"`, `a.go:7:9: "we "`}
	got := faultsOfWords(t, "a.go", []byte(source))
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]+": ") {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}
