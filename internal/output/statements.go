package output

import (
	"bytes"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// printAttestations prints the types of the predicates in the attestations of an index, and what they say if they were
// read.
func printAttestations(b *bytes.Buffer, found plan.Inspection) {
	platforms := map[v1.Hash]v1.Platform{}
	for _, e := range found.Entries {
		if e.Kind == index.Image {
			platforms[e.Descriptor.Digest] = e.Platform
		}
	}
	t := newTable("   ", 2)
	for _, e := range found.Entries {
		if e.Kind != index.Attestation || e.Image == nil {
			continue
		}
		for _, row := range predicateRows(e.Image.Layers, e.Statements) {
			t.row(append([]string{PlatformName(platforms[e.Subject])}, row...)...)
		}
	}
	if rows := t.bytes(); len(rows) > 0 {
		b.WriteString(" * Attestations (unverified):\n")
		b.Write(rows)
	}
}

// predicateRows has a row for each layer with a predicate: its type, and what it says.
func predicateRows(layers []v1.Descriptor, statements []plan.Statement) (rows [][]string) {
	for _, layer := range layers {
		predicate := layer.Annotations[plan.PredicateType]
		said := ""
		for _, s := range statements {
			if s.Layer == layer.Digest {
				predicate, said = s.PredicateType, statementText(s)
			}
		}
		switch {
		case said != "":
			rows = append(rows, []string{predicate, said})
		case predicate != "":
			rows = append(rows, []string{predicate})
		}
	}
	return rows
}

// statementText is what a statement says, in words.
func statementText(s plan.Statement) string {
	if s.Problem != "" {
		return s.Problem
	}
	var words []string
	add := func(name, value string) {
		if value != "" {
			words = append(words, name+" "+value)
		}
	}
	if s.HasPackages {
		words = append(words, Count(s.Packages, "package"))
	}
	if add("builder", s.Builder); s.Builder == "" {
		add("build type", s.BuildType)
	}
	add("source", s.Source)
	add("revision", s.Revision)
	if s.Materials > 0 {
		words = append(words, Count(s.Materials, "material"))
	}
	return strings.Join(words, ", ")
}

type statementOutput struct {
	Layer         v1.Hash `json:"layer"`
	PredicateType string  `json:"predicateType,omitempty"`
	Packages      *int    `json:"packages,omitempty"`
	Builder       string  `json:"builder,omitempty"`
	BuildType     string  `json:"buildType,omitempty"`
	Source        string  `json:"source,omitempty"`
	Revision      string  `json:"revision,omitempty"`
	Materials     int     `json:"materials,omitempty"`
	Problem       string  `json:"problem,omitempty"`
}

func statementsOutput(statements []plan.Statement) (list []statementOutput) {
	for _, s := range statements {
		out := statementOutput{
			Layer: s.Layer, PredicateType: s.PredicateType, Builder: s.Builder, BuildType: s.BuildType,
			Source: s.Source, Revision: s.Revision, Materials: s.Materials, Problem: s.Problem,
		}
		if s.HasPackages {
			out.Packages = &s.Packages
		}
		list = append(list, out)
	}
	return list
}
