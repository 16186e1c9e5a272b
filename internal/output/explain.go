package output

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A Problem is what the user sees of an error.
type Problem struct {
	Code    int
	message string
	Hint    string
}

// Explain maps the error of a command to an exit code, a message and the next step.
func Explain(ctx context.Context, command string, err error) Problem {
	if _, ok := err.(Finding); ok {
		return Problem{Code: ExitFailure}
	}
	p := explain(ctx, command, err)
	if p.Code == ExitFailure {
		p.Code = FailureCode(command)
	}
	return p
}

func explain(ctx context.Context, command string, err error) Problem {
	p := Problem{Code: ExitFailure, message: err.Error()}
	var stopped Interrupted
	if errors.As(context.Cause(ctx), &stopped) {
		p.Code = exitCode(stopped.Signal)
		p.message = strings.TrimSuffix(stopped.Error()+": "+p.message, ": "+context.Canceled.Error())
		p.Hint = stoppedHint(err)
		return p
	}
	var late TimedOut
	if errors.As(context.Cause(ctx), &late) && !as[AdvisedError](err) {
		if p.Code = ExitUnavailable; isPartial(err) {
			p.Code = ExitPartial
		}
		p.message = strings.TrimSuffix(late.Error()+": interrupted: "+p.message, ": "+context.Canceled.Error())
		p.Hint = stoppedHint(err) + ", or use a longer --timeout"
		return p
	}
	p = explainError(command, err)
	if wroteNothing(err) && !strings.HasPrefix(p.Hint, "nothing was ") {
		p.Hint = strings.TrimSuffix("nothing was written; "+p.Hint, "; ")
	}
	return p
}

// explainError is Explain for an error that neither a signal nor --timeout has caused.
func explainError(command string, err error) Problem {
	p := Problem{Code: ExitFailure, message: err.Error()}
	for _, e := range explanations {
		if e.matches(err) {
			if p.Code = e.code; e.code == byClass {
				p.Code = classCode(err)
			}
			p.Hint = hintOf(e.hint, command, err)
			break
		}
	}
	return p
}

// hintOf completes a hint of the table.
func hintOf(hint, command string, err error) string {
	switch hint {
	case "CLOUD":
		return cloudHint(err)
	case "LOGIN":
		return loginHint(err)
	case "TAGS":
		return tagsHint(err)
	}
	return strings.ReplaceAll(hint, "COMMAND", command)
}

// exitCode is 128 and the number of the signal, as in shells.
func exitCode(signal os.Signal) int {
	switch signal {
	case syscall.SIGTERM:
		return ExitTerminate
	case syscall.SIGHUP:
		return ExitHangup
	}
	return ExitInterrupt
}

type explanation struct {
	matches func(error) bool
	code    int
	hint    string
}

// hints are the texts of all hints. A password that stands in a hint, such as "wrong", is not hidden there: the gap
// would show the password.
func hints() []string {
	texts := make([]string, len(explanations))
	for i, e := range explanations {
		texts[i] = e.hint
	}
	return texts
}

// byClass in an explanation is the exit code of the error's class.
const byClass = -1

func classCode(err error) int {
	for _, c := range []struct {
		class error
		code  int
	}{
		{registry.ErrInvalid, ExitUsage}, {registry.ErrDenied, ExitDenied}, {registry.ErrUnverified, ExitUnverified},
		{registry.ErrRefused, ExitRefused}, {registry.ErrNotFound, ExitNotFound}, {registry.ErrUnavailable, ExitUnavailable},
	} {
		if errors.Is(err, c.class) {
			return c.code
		}
	}
	return ExitFailure
}

func is(class error) func(error) bool {
	return func(err error) bool { return errors.Is(err, class) }
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func isOnlineLint(err error) bool {
	var e LintError
	return errors.As(err, &e) && e.online
}

func isPushWithoutDraft(err error) bool {
	var e NoDraftError
	return errors.As(err, &e) && e.IsPush
}

// answer matches errors by the registry's response to a request.
func answer(matches func(*remote.ResponseError) bool) func(error) bool {
	return func(err error) bool {
		var e *remote.ResponseError
		return errors.As(err, &e) && matches(e)
	}
}

// refusedFor matches a plan that was refused for a reason.
func refusedFor(r plan.Reason) func(error) bool {
	return func(err error) bool {
		var e *plan.ReasonError
		return errors.As(err, &e) && e.Reason == r
	}
}

// reason matches errors by the cause that the registry's words give.
func reason(r refusal.Reason) func(error) bool {
	return func(err error) bool { return remote.ReasonOf(err) == r }
}

// ruledOut matches what a registry does not allow, unless a login may change that.
func ruledOut(err error) bool {
	l, denied := remote.LoginOf(err)
	return remote.ReasonOf(err) == refusal.NotAllowed && (!denied || l.Credential != "")
}

// expired matches what is no longer good: a login, or else the link to a store.
func expired(ofLogin bool) func(error) bool {
	return func(err error) bool {
		return remote.ReasonOf(err) == refusal.Expired && errors.Is(err, registry.ErrDenied) == ofLogin
	}
}

// misdirected matches a place to which the registry redirects: the registry itself under a wrong address, or
// another server that gives no answer.
func misdirected(own bool) func(error) bool {
	return func(err error) bool {
		var place *remote.MisdirectedError
		return errors.As(err, &place) && place.Own == own
	}
}

func status(code int) func(error) bool {
	return answer(func(e *remote.ResponseError) bool { return e.Status == code })
}

func isQuota(e *remote.ResponseError) bool    { return e.Quota != "" }
func isLongRest(e *remote.ResponseError) bool { return e.RetryAfter > remote.MaxWait }
func isUnasked(e *remote.ResponseError) bool  { return e.Unasked }
func isImmutable(e *remote.ResponseError) bool {
	return e.Immutable() && e.Status != http.StatusForbidden
}
func isNoRepository(e *remote.ResponseError) bool {
	return e.Method == http.MethodPost && e.Has("NAME_UNKNOWN")
}
func isInvalid(e *remote.ResponseError) bool {
	return e.Method == http.MethodPut && e.Has("MANIFEST_INVALID") && !errors.Is(e, registry.ErrDenied)
}

// isUnsupported matches the code of a registry without writes (distribution-spec, "Error Codes": UNSUPPORTED).
func isUnsupported(e *remote.ResponseError) bool {
	reads := e.Method == http.MethodGet || e.Method == http.MethodHead
	return !reads && e.Has("UNSUPPORTED") && !errors.Is(e, registry.ErrDenied)
}

// login matches errors by what the registry knew of the user when it denied a request.
func login(matches func(remote.Login) bool) func(error) bool {
	return func(err error) bool {
		l, ok := remote.LoginOf(err)
		return ok && matches(l)
	}
}

func isKnown(l remote.Login) bool   { return l.Credential != "" && l.Known }
func isRefused(l remote.Login) bool { return l.Credential != "" && !l.Known }

// isWrongPassword matches a login that a registry refuses before it is stored.
func isWrongPassword(err error) bool { return as[NotStoredError](err) && login(isRefused)(err) }

// notStored matches a check of a login that fails in this way.
func notStored(class error) func(error) bool {
	return func(err error) bool { return as[NotStoredError](err) && errors.Is(err, class) }
}

// inCloud reports whether the registry belongs to a cloud whose credential helper is not used yet.
func inCloud(l remote.Login) bool {
	helper := auth.CloudHelper(l.Registry.RegistryStr())
	return helper != "" && !isKnown(l) && !strings.Contains(l.Credential, "docker-credential-"+helper)
}

func cloudHint(err error) string {
	l, _ := remote.LoginOf(err)
	host := l.Registry.RegistryStr()
	helper := auth.CloudHelper(host)
	return fmt.Sprintf("put \"credHelpers\": {%q: %q} into ~/.docker/config.json, and docker-credential-%s into PATH: this helper gets a new login when one is needed", host, helper, helper)
}

func wantsCertificate(err error) bool {
	var handshake *network.TLSError
	return errors.As(err, &handshake) && handshake.WantsCertificate()
}

func proxyWants(err error) bool {
	var proxy *network.ProxyError
	return errors.As(err, &proxy) && proxy.Status == http.StatusProxyAuthRequired
}
