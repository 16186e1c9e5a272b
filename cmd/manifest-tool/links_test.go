package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	// simple are headings that GitHub and the site give the same address.
	simple = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9, -]*$`)
)

// TestLinks finds links to files and headings that do not exist.
func TestLinks(t *testing.T) {
	for _, page := range append(pages(t), "CONTRIBUTING.md") {
		for _, m := range link.FindAllStringSubmatch(prose(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, fragment, hasFragment := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
				continue
			}
			if hasFragment && !slugs(t, target)[fragment] {
				t.Errorf("%s links to %s: no such heading", page, m[1])
			}
		}
	}
}

// TestIndexOfPages finds pages that docs/index.md does not list.
func TestIndexOfPages(t *testing.T) {
	listed := map[string]bool{"README.md": true, "docs/index.md": true}
	for _, m := range link.FindAllStringSubmatch(prose(t, "docs/index.md"), -1) {
		file, _, _ := strings.Cut(m[1], "#")
		listed[path.Join("docs", file)] = true
	}
	for _, page := range pages(t) {
		if !listed[page] {
			t.Errorf("docs/index.md does not list %s", page)
		}
	}
}

// TestHeadings holds the form of pages: one title, and headings that have the same address everywhere.
func TestHeadings(t *testing.T) {
	for _, page := range pages(t) {
		titles := 0
		for _, m := range heading.FindAllStringSubmatch(prose(t, page), -1) {
			if strings.HasPrefix(m[0], "# ") {
				titles++
			}
			if !simple.MatchString(m[1]) {
				t.Errorf("%s: heading %q: only letters, digits, spaces, commas and hyphens", page, m[1])
			}
		}
		if titles != 1 {
			t.Errorf("%s has %d titles", page, titles)
		}
	}
}

// prose is a page without its blocks of code.
func prose(t *testing.T, page string) string {
	return fenced.ReplaceAllString(readPage(t, page), "")
}

func slugs(t *testing.T, page string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(prose(t, page), -1) {
		slug := regexp.MustCompile(`[^\pL\pN -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		found[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return found
}
