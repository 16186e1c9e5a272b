package output

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An AuthReport is the result of auth explain: which credential is used, and what the registry lets it do. Answers
// that are not known are nil.
type AuthReport struct {
	Schema     string           `json:"schema"` // manifest-tool.auth/v1
	Name       string           `json:"name"`
	Credential credentialOutput `json:"credential"`
	Registry   *loginOutput     `json:"registry,omitempty"`
	Pull       *authAnswer      `json:"pull,omitempty"`
	Push       *authAnswer      `json:"push,omitempty"`
	Image      *authAnswer      `json:"image,omitempty"`
	Tags       *authAnswer      `json:"tags,omitempty"`
	Referrers  *authAnswer      `json:"referrers,omitempty"`
	Mounts     *authAnswer      `json:"mounts,omitempty"`
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

// An authAnswer is the answer to one question of an authReport.
type authAnswer struct {
	Answer  string   `json:"answer"` // yes, no, unknown
	Why     string   `json:"why,omitempty"`
	Granted []string `json:"granted,omitempty"` // the actions of the token
}

// NewAuthReport returns a report that knows the credential only.
func NewAuthReport(ref spec.Reference, c auth.Credential) AuthReport {
	return AuthReport{
		Schema:     "manifest-tool.auth/v1",
		Name:       ref.String(),
		Credential: credentialOutput{c.Kind(), c.Source.Place, c.Source.Key, c.Source.Helper, c.String()},
	}
}

// AddExamination adds what the registry said.
func (out *AuthReport) AddExamination(e remote.Examination, r name.Repository) {
	out.Registry = &loginOutput{r.RegistryStr(), e.Scheme, e.Login, e.Realm, e.Service}
	out.Pull, out.Push = pullAnswer(e), pushAnswer(e)
	out.Image = readAnswer(e.Read, e.Image.Digest.String())
	out.Tags = readAnswer(e.Tags, "the tags can be listed")
	out.Referrers = referrersAnswer(e)
	out.Mounts = out.mountsAnswer(r)
}

func pullAnswer(e remote.Examination) *authAnswer {
	f := &authAnswer{Answer: "yes", Granted: e.Pull.Actions}
	if errors.Is(e.Read, registry.ErrDenied) {
		f.Answer, f.Why = "no", e.Read.Error()
	}
	return f
}

// pushAnswer says what is known about the right to push without a push.
func pushAnswer(e remote.Examination) *authAnswer {
	g := e.Push
	f := &authAnswer{Answer: "unknown", Granted: g.Actions}
	switch {
	case e.LockedOut():
		f.Answer, f.Why = "no", "the registry rejects the login, or no login is given"
	case e.Login == "none":
		f.Why = "the registry needs no login for reads; only a push shows whether it needs one for writes"
	case e.Login == "basic":
		f.Why = "the registry checks passwords itself and does not report permissions; only a push shows them"
	case g.Err != nil:
		f.Answer, f.Why = "no", g.Err.Error()
	case !g.Told:
		f.Why = "the token does not report its permissions; only a push shows them"
	case g.Allows("push"):
		f.Answer = "yes"
	default:
		f.Answer, f.Why = "no", "the token server does not grant the permission"
	}
	return f
}

func readAnswer(err error, yes string) *authAnswer {
	switch {
	case err == nil:
		return &authAnswer{Answer: "yes", Why: yes}
	case errors.Is(err, registry.ErrNotFound):
		return &authAnswer{Answer: "no", Why: "does not exist yet, or is hidden: " + err.Error()}
	}
	return &authAnswer{Answer: "no", Why: err.Error()}
}

func referrersAnswer(e remote.Examination) *authAnswer {
	var answer *remote.ResponseError
	switch err := e.Referrers; {
	case err == nil:
		return &authAnswer{Answer: "yes", Why: "the registry supports the referrers API"}
	case errors.As(err, &answer) && answer.Has("NAME_UNKNOWN"):
		return &authAnswer{Answer: "unknown", Why: "the repository does not exist yet"}
	case errors.Is(err, registry.ErrNotFound):
		return &authAnswer{Answer: "no", Why: "the registry does not support the referrers API; clients use tags such as sha256-DIGEST instead"}
	default:
		return &authAnswer{Answer: "unknown", Why: err.Error()}
	}
}

// mountsAnswer says from which repositories blobs may be mounted. Only a push shows whether the registry mounts them.
func (out *AuthReport) mountsAnswer(r name.Repository) *authAnswer {
	switch {
	case out.Push.Answer == "no":
		return &authAnswer{Answer: "no", Why: "a mount needs the permission to push"}
	case out.Credential.Kind == "none":
		return &authAnswer{Answer: "unknown", Why: "a push tries mounts from all repositories of " + r.RegistryStr() + "; only a push shows whether the registry allows them"}
	}
	return &authAnswer{Answer: "unknown", Why: "a push tries mounts from other repositories of " + r.RegistryStr() +
		" with this credential; only a push shows whether the registry allows them"}
}

// PrintAuthReport prints a report for people: a line for each answer that is known. A reason stands there once.
func (p *Printer) PrintAuthReport(out AuthReport) error {
	t := newTable("", 1)
	line := func(what, text string) { t.row(what+":", text) }
	line("Name", out.Name)
	line("Credential", out.Credential.text)
	if r := out.Registry; r != nil {
		line("Registry", r.Scheme+"://"+r.Host)
		line("Login", r.Login)
		if r.Realm != "" {
			line("Realm", r.Realm+" (service "+fmt.Sprintf("%q", r.Service)+")")
		}
	}
	first := map[string]string{} // the lines of the reasons
	for _, f := range []struct {
		what string
		*authAnswer
	}{{"Pull", out.Pull}, {"Push", out.Push}, {"Image", out.Image}, {"Tags", out.Tags}, {"Referrers", out.Referrers}, {"Mounts", out.Mounts}} {
		if f.authAnswer == nil {
			continue
		}
		why := f.Why
		if line := first[why]; line != "" {
			why = "for the reason of " + line
		} else if why != "" {
			first[why] = f.what
		}
		words := slices.DeleteFunc([]string{f.Answer, granted(f.Granted), why}, func(s string) bool { return s == "" })
		line(f.what, strings.Join(words, ", "))
	}
	return p.WriteResult(t.bytes())
}

func granted(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return "granted " + strings.Join(actions, " and ")
}
