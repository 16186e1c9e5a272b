package output

import (
	"net/url"

	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// SARIF 2.1.0 (OASIS), as far as findings about images need it.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID                   string      `json:"id"`
	ShortDescription     sarifText   `json:"shortDescription"`
	Help                 sarifText   `json:"help"`
	DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
}

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifLogical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

// newSarifRun returns a run without results.
func newSarifRun() sarifRun {
	return sarifRun{
		Tool:    sarifTool{sarifDriver{Name: "manifest-tool", InformationURI: "https://github.com/manifest-tool/manifest-tool"}},
		Results: []sarifResult{}, Invocations: []sarifInvocation{{ExecutionSuccessful: true, Notifications: []sarifNotification{}}},
	}
}

func (r sarifRun) log() sarifLog {
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{r}}
}

// add adds a rule, and returns its place.
func (d *sarifDriver) add(id, summary, do, level string) int {
	d.Rules = append(d.Rules, sarifRule{id, sarifText{summary}, sarifText{do}, sarifConfig{level}})
	return len(d.Rules) - 1
}

func sarif(results []verify.Result) sarifLog {
	run := newSarifRun()
	index := map[string]int{}
	for _, rule := range verify.Rules {
		index[rule.ID] = run.Tool.Driver.add(rule.ID, rule.Summary, rule.Do, string(rule.Severity))
	}
	for _, r := range results {
		if r.Err != nil {
			run.Invocations[0].ExecutionSuccessful = false
			run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{"error", sarifText{errorText(r.Err)}})
		}
		for _, f := range r.Findings {
			run.Results = append(run.Results, sarifResultOf(r, f, index[f.ID]))
		}
	}
	return run.log()
}

func sarifResultOf(r verify.Result, f verify.Finding, rule int) sarifResult {
	return sarifResult{
		RuleID: f.ID, RuleIndex: rule, Level: string(f.Severity), Message: sarifText{imageName(r) + ": " + redactSecrets(f.What) + ". " + f.Do},
		Locations: []sarifLocation{{
			Physical: sarifPhysical{Artifact: sarifArtifact{uriOf(f.Where)}},
			Logical:  []sarifLogical{{f.Where.String(), "resource"}},
		}},
		Fingerprints: map[string]string{"finding/v1": f.ID + " " + f.Where.String() + " " + whereName(f)},
	}
}

// uriOf is a reference as a URI: oci://registry.example/app@sha256:…, or oci-layout:FOLDER@sha256:….
func uriOf(ref spec.Reference) string {
	if ref.Place.Kind != spec.Registry {
		return ref.Place.Kind.String() + ":" + url.PathEscape(ref.String()[len(ref.Place.Kind.String())+1:])
	}
	u := url.URL{Scheme: "oci", Host: ref.Place.Repository.RegistryStr(), Path: "/" + ref.Place.Repository.RepositoryStr()}
	if ref.Tag != "" {
		u.Path += ":" + ref.Tag
	}
	if text := hashText(ref.Digest); text != "" {
		u.Path += "@" + text
	}
	return u.String()
}
