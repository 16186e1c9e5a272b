package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An authOutput is what auth explain prints. What could not be found out is left out.
type authOutput struct {
	Schema     string           `json:"schema"` // manifest-tool.auth/v1
	Name       string           `json:"name"`
	Credential credentialOutput `json:"credential"`
	Registry   *loginOutput     `json:"registry,omitempty"`
	Pull       *finding         `json:"pull,omitempty"`
	Push       *finding         `json:"push,omitempty"`
	Image      *finding         `json:"image,omitempty"`
	Tags       *finding         `json:"tags,omitempty"`
	Referrers  *finding         `json:"referrers,omitempty"`
	Mounts     *finding         `json:"mounts,omitempty"`
}

type credentialOutput struct {
	Kind   string `json:"kind"` // none, login, identity token, registry token
	From   string `json:"from,omitempty"`
	Key    string `json:"key,omitempty"`
	Helper string `json:"helper,omitempty"`

	text string
}

type loginOutput struct {
	Host    string `json:"host"`
	Scheme  string `json:"scheme"`
	Login   string `json:"login"` // none, basic, bearer
	Realm   string `json:"realm,omitempty"`
	Service string `json:"service,omitempty"`
}

// A finding is the answer to one question.
type finding struct {
	Answer  string   `json:"answer"` // yes, no, unknown
	Why     string   `json:"why,omitempty"`
	Granted []string `json:"granted,omitempty"` // the actions of the token
}

func explained(ref spec.Reference, c auth.Credential) authOutput {
	return authOutput{
		Schema:     "manifest-tool.auth/v1",
		Name:       ref.String(),
		Credential: credentialOutput{c.Kind(), c.Source.Place, c.Source.Key, c.Source.Helper, c.String()},
	}
}

func (out *authOutput) examined(e remote.Examination, r name.Repository) {
	out.Registry = &loginOutput{r.RegistryStr(), e.Scheme, e.Login, e.Realm, e.Service}
	out.Pull, out.Push = pullFinding(e), pushFinding(e)
	out.Image = readFinding(e.Read, e.Image.Digest.String())
	out.Tags = readFinding(e.Tags, "they can be listed")
	out.Referrers = referrersFinding(e)
	out.Mounts = out.mountsFinding(r)
}

func pullFinding(e remote.Examination) *finding {
	f := &finding{Answer: "yes", Granted: e.Pull.Actions}
	if errors.Is(e.Read, registry.ErrDenied) {
		f.Answer, f.Why = "no", e.Read.Error()
	}
	return f
}

// pushFinding says no more than can be known without a push.
func pushFinding(e remote.Examination) *finding {
	g := e.Push
	f := &finding{Answer: "unknown", Granted: g.Actions}
	switch {
	case e.LockedOut():
		f.Answer, f.Why = "no", "nobody is let in with that"
	case e.Login == "none":
		f.Why = "the registry asks for no login to read; whether it does to write, only a push shows"
	case e.Login == "basic":
		f.Why = "the registry checks passwords by itself, and tells their rights to nobody; only a push shows them"
	case g.Err != nil:
		f.Answer, f.Why = "no", g.Err.Error()
	case !g.Told:
		f.Why = "the token does not tell what it allows; only a push shows it"
	case g.Allows("push"):
		f.Answer = "yes"
	default:
		f.Answer, f.Why = "no", "the token server does not grant it"
	}
	return f
}

func readFinding(err error, yes string) *finding {
	switch {
	case err == nil:
		return &finding{Answer: "yes", Why: yes}
	case errors.Is(err, registry.ErrNotFound):
		return &finding{Answer: "no", Why: "it does not exist, as yet, or is hidden: " + err.Error()}
	}
	return &finding{Answer: "no", Why: err.Error()}
}

func referrersFinding(e remote.Examination) *finding {
	var answer *remote.ResponseError
	switch err := e.Referrers; {
	case err == nil:
		return &finding{Answer: "yes", Why: "the registry has the API"}
	case errors.As(err, &answer) && answer.Has("NAME_UNKNOWN"):
		return &finding{Answer: "unknown", Why: "the repository does not exist, as yet"}
	case errors.Is(err, registry.ErrNotFound):
		return &finding{Answer: "no", Why: "the registry does not have the API; clients use tags like sha256-DIGEST instead"}
	default:
		return &finding{Answer: "unknown", Why: err.Error()}
	}
}

// mountsFinding tells from where blobs may be mounted. Whether the registry does it, only a push shows.
func (out *authOutput) mountsFinding(r name.Repository) *finding {
	switch {
	case out.Push.Answer == "no":
		return &finding{Answer: "no", Why: "who may not push does not mount"}
	case out.Credential.Kind == "none":
		return &finding{Answer: "unknown", Why: "tried from all of " + r.RegistryStr() + "; whether the registry does it, only a push shows"}
	}
	return &finding{Answer: "unknown", Why: "tried from what else on " + r.RegistryStr() +
		" has this credential (" + out.Credential.Key + "), else sent; whether the registry does it, only a push shows"}
}

func (p *program) printExplanation(out authOutput) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	line := func(what, text string) { fmt.Fprintf(w, "%s:\t%s\n", what, printable(text)) }
	line("Name", out.Name)
	line("Credential", out.Credential.text)
	if r := out.Registry; r != nil {
		line("Registry", r.Scheme+"://"+r.Host)
		line("Login", r.Login)
		if r.Realm != "" {
			line("Realm", r.Realm+" (service "+fmt.Sprintf("%q", r.Service)+")")
		}
	}
	for _, f := range []struct {
		what string
		*finding
	}{{"Pull", out.Pull}, {"Push", out.Push}, {"Image", out.Image}, {"Tags", out.Tags}, {"Referrers", out.Referrers}, {"Mounts", out.Mounts}} {
		if f.finding == nil {
			continue
		}
		words := slices.DeleteFunc([]string{f.Answer, granted(f.Granted), f.Why}, func(s string) bool { return s == "" })
		line(f.what, strings.Join(words, ", "))
	}
	w.Flush()
	return p.write(b.Bytes())
}

func granted(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return "granted " + strings.Join(actions, " and ")
}
