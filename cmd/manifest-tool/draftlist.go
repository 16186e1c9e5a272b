package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/manifest-tool/manifest-tool/spec"
)

// listDrafts prints a line for each draft.
func (p *program) listDrafts(folder draftFolder) error {
	names, err := folder.names()
	if err != nil || len(names) == 0 {
		return err
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "DRAFT\tPLATFORMS\tFILE\n")
	for _, name := range names {
		path := filepath.Join(folder.dir, name)
		raw, err := folder.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed just now
		}
		var s spec.Spec
		if err == nil {
			s, _, err = spec.Load(path, bytes.NewReader(raw), asItIs)
		}
		if err != nil {
			p.log.Warn(err)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", printable(list(s).String()), strings.Join(draftPlatforms(s), ", "), printable(path))
	}
	w.Flush()
	return p.write(b.Bytes())
}

func draftPlatforms(s spec.Spec) []string {
	var platforms []string
	for _, e := range s.Entries {
		name := platformName(e.Platform)
		if e.Platform.OS == "" && e.Platform.Architecture == "" {
			name = "(all it holds)" // an index in which no platform picks one image
		}
		platforms = append(platforms, name)
	}
	return platforms
}

// printDraft prints what a draft holds.
func (p *program) printDraft(s spec.Spec) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Draft: %s\n", printable(list(s).String()))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "   PLATFORM\tIMAGE\n")
	platforms := draftPlatforms(s)
	for i, e := range s.Entries {
		fmt.Fprintf(w, "   %s\t%s\n", platforms[i], printable(e.Source.String()))
	}
	w.Flush()
	return p.write(b.Bytes())
}
