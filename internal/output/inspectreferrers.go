package output

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/signer"
)

// WarnOfReferrers warns of referrers that the registry does not show, or lists although they do not exist.
func (p *Printer) WarnOfReferrers(found plan.Inspection) {
	if found.HiddenReferrers != nil {
		p.Warnf("%s may have signatures and other referrers that cannot be read: %v", found.Reference, found.HiddenReferrers)
	}
	for _, digest := range found.GoneReferrers {
		p.Warnf("the registry lists the referrer %s, but the repository does not contain it", digest)
	}
}

// printReferrers prints the referrers that were read.
func printReferrers(b *bytes.Buffer, found plan.Inspection) {
	fmt.Fprintf(b, " * %s:\n", Count(len(found.Referrers), "referrer"))
	t := newTable("   ", 2)
	for i, r := range found.Referrers {
		if i == 0 {
			t.row("TYPE", "OF", "SIZE", "DIGEST", "SIGNER (UNVERIFIED)")
		}
		t.row(referrerType(r), subjectName(found, r.Of()), HumanSize(r.Image.Size()), r.Descriptor.Digest.String(), signersText(r.Signers))
	}
	b.Write(t.bytes())
	said := newTable("   ", 2)
	for _, r := range found.Referrers {
		for _, s := range r.Statements {
			said.row(subjectName(found, r.Of()), s.PredicateType, statementText(s))
		}
	}
	if rows := said.bytes(); len(rows) > 0 {
		b.WriteString(" * Statements of the referrers (unverified):\n")
		b.Write(rows)
	}
}

// cosignTypes are what the ends of cosign's tags stand for.
var cosignTypes = map[string]string{".sig": "cosign signature", ".att": "cosign attestation", ".sbom": "cosign SBOM"}

// referrerType is the artifact type of a referrer, or what cosign's tag says.
func referrerType(r plan.InspectedReferrer) string {
	if r.Tag != "" {
		for suffix, name := range cosignTypes {
			if strings.HasSuffix(r.Tag, suffix) {
				return name
			}
		}
	}
	return cmp.Or(r.Image.ArtifactType, r.Descriptor.ArtifactType, string(r.Image.Config.MediaType), string(r.Descriptor.MediaType))
}

// subjectName says which manifest of the inspection a referrer is about.
func subjectName(found plan.Inspection, subject v1.Hash) string {
	if subject == found.Manifest.Digest {
		if found.Manifest.MediaType.IsIndex() {
			return "the index"
		}
		return "the image"
	}
	for _, e := range found.Entries {
		if e.Descriptor.Digest == subject {
			return kindName(e.Entry, e.Platform, artifactType(e))
		}
		if e.Nested == nil {
			continue
		}
		if name := subjectName(*e.Nested, subject); name != subject.String() && name != "the index" {
			return name
		}
	}
	return subject.String()
}

// signersText names signers, each once.
func signersText(signers []signer.Signer) string {
	var words []string
	seen := map[signer.Signer]bool{}
	for _, s := range signers {
		if seen[s] {
			continue
		}
		seen[s] = true
		word := s.Identity
		if s.Issuer != "" {
			word += " (by " + s.Issuer + ")"
		}
		words = append(words, word)
	}
	return cmp.Or(strings.Join(words, ", "), "-")
}

// addReferrers adds the referrers that were read to a tree.
func addReferrers(to *branch, found plan.Inspection) {
	if found.Referrers == nil {
		return
	}
	line := to.add(Count(len(found.Referrers), "referrer"))
	for _, r := range found.Referrers {
		words := []string{referrerType(r), r.Descriptor.Digest.String(), HumanSize(r.Image.Size()), "of " + subjectName(found, r.Of())}
		if text := signersText(r.Signers); text != "-" {
			words = append(words, "signer (unverified): "+text)
		}
		addBlobs(line.add(words...), &r.Image, r.Statements)
	}
}

type foundReferrer struct {
	Subject      v1.Hash           `json:"subject"`
	Digest       v1.Hash           `json:"digest"`
	Size         int64             `json:"size"`
	MediaType    string            `json:"mediaType"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Tag          string            `json:"tag,omitempty"`
	Layers       []layerOutput     `json:"layers,omitempty"`
	TotalSize    int64             `json:"totalSize"`
	Signers      []signerOutput    `json:"signers,omitempty"`
	Statements   []statementOutput `json:"statements,omitempty"`
}

// signerOutput says who claims to have signed. Verified is always false.
type signerOutput struct {
	Identity string `json:"identity"`
	Issuer   string `json:"issuer,omitempty"`
	Verified bool   `json:"verified"`
}

func referrersOutput(found plan.Inspection) []foundReferrer {
	var list []foundReferrer
	for _, r := range found.Referrers {
		d := r.Descriptor
		out := foundReferrer{
			Subject: r.Of(), Digest: d.Digest, Size: d.Size, MediaType: string(d.MediaType),
			ArtifactType: cmp.Or(r.Image.ArtifactType, d.ArtifactType), Tag: r.Tag, Layers: layersOutput(r.Image.Layers), TotalSize: r.Image.Size(),
		}
		for _, s := range r.Signers {
			out.Signers = append(out.Signers, signerOutput{Identity: s.Identity, Issuer: s.Issuer})
		}
		out.Statements = statementsOutput(r.Statements)
		list = append(list, out)
	}
	return list
}

// hiddenText is why the registry may have more referrers.
func hiddenText(err error) string {
	if err == nil {
		return ""
	}
	return redactSecrets(err.Error())
}
