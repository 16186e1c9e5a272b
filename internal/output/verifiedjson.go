package output

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/verify"
)

type verifyOutput struct {
	Schema   string          `json:"schema"` // manifest-tool.verify/v1
	Errors   int             `json:"errors"`
	Warnings int             `json:"warnings"`
	Images   []verifiedImage `json:"images"`
}

type verifiedImage struct {
	Subject   string          `json:"subject"`
	Name      string          `json:"name"`
	Tags      []string        `json:"tags,omitempty"`
	Digest    string          `json:"digest,omitempty"`
	Whole     bool            `json:"whole"`
	Deep      bool            `json:"deep"`
	Platforms []v1.Platform   `json:"platforms"`
	Manifests int             `json:"manifests"`
	Blobs     int             `json:"blobs"`
	Referrers int             `json:"referrers"`
	Findings  []findingOutput `json:"findings"`
	Repair    *repairOutput   `json:"repair,omitempty"`
	Error     string          `json:"error,omitempty"`
}

type findingOutput struct {
	Severity  verify.Severity `json:"severity"`
	Rule      string          `json:"rule"`
	Where     string          `json:"where"`
	Digest    string          `json:"digest,omitempty"`
	Platforms []v1.Platform   `json:"platforms,omitempty"`
	What      string          `json:"what"`
	Do        string          `json:"do"`
}

type repairOutput struct {
	Before   []findingOutput `json:"before"`
	Brought  []string        `json:"brought"`
	NotFound []string        `json:"notFound"`
	Error    string          `json:"error,omitempty"`
}

func verifiedOutput(results []verify.Result) verifyOutput {
	out := verifyOutput{Schema: "manifest-tool.verify/v1", Images: []verifiedImage{}}
	for _, r := range results {
		out.Errors += verify.Count(r.Findings, verify.Error)
		out.Warnings += verify.Count(r.Findings, verify.Warning)
		out.Images = append(out.Images, verifiedImageOf(r))
	}
	return out
}

func verifiedImageOf(r verify.Result) verifiedImage {
	image := verifiedImage{
		Subject: r.Subject, Name: r.Reference.Unpinned().String(), Tags: r.Tags, Digest: hashText(r.Digest),
		Whole: r.Err == nil && verify.Count(r.Findings, verify.Error) == 0, Deep: r.Deep,
		Platforms: append([]v1.Platform{}, r.Platforms...), Manifests: r.Manifests, Blobs: r.Blobs, Referrers: r.Referrers,
		Findings: findingsOutput(r.Findings), Error: errorText(r.Err),
	}
	if r.Repair != nil {
		image.Repair = &repairOutput{
			Before: findingsOutput(r.Repair.Before), Brought: hashTexts(r.Repair.Brought), NotFound: hashTexts(r.Repair.NotFound),
			Error: errorText(r.Repair.Err),
		}
	}
	return image
}

func findingsOutput(findings []verify.Finding) []findingOutput {
	out := []findingOutput{}
	for _, f := range findings {
		out = append(out, findingOutput{f.Severity, f.ID, f.Where.String(), hashText(f.Where.Digest), f.Platforms, redactSecrets(f.What), f.Do})
	}
	return out
}

func hashTexts(digests []v1.Hash) []string {
	texts := []string{}
	for _, d := range digests {
		texts = append(texts, d.String())
	}
	return texts
}

// errorText is the text of an error, or empty.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return redactSecrets(err.Error())
}
