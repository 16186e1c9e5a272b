package remote

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A token lets requests in for a while.
type token struct {
	secret  string
	expires time.Time
	issue   int     // how many were had before for the same scopes, and this one
	scope   *string // what its server says that it allows, if it says that
}

const (
	// A token lives a minute if its server does not say (https://distribution.github.io/distribution/spec/auth/token/).
	defaultLife = 60 * time.Second
	// renewed a little early, as the clocks differ and the request takes its time
	renewEarly = 5 * time.Second
)

func (t token) expired() bool { return t.secret == "" || time.Now().After(t.expires) }

// basicHeader is the answer to a Basic challenge, empty where there is nothing to answer with.
func (c *client) basicHeader(asked challenge) (string, error) {
	user, password := c.credential.Username, c.credential.Password
	switch {
	case asked.scheme == "", c.anonymous() && asked.scheme == "basic":
		return "", nil // the answer says why
	case user == "" && password == "":
		return "", c.denied("it wants a login (no credential was found for it)")
	case asked.scheme != "basic":
		return "", c.host.invalidLogin("it wants a login by %s, which is not known here", refusal.Shorten(asked.scheme))
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)), nil
}

// fetch gets a token for the scopes of the key and keeps it. The mutex is held: one at a time.
func (c *client) fetchToken(ctx context.Context, key string) error {
	times := c.tokens[key].issue + 1
	if given := c.credential.RegistryToken; given != "" {
		c.tokens[key] = token{secret: given, expires: time.Now().Add(24 * time.Hour), issue: times}
		return nil
	}
	realm, err := c.host.realm(*c.challenge)
	if err != nil {
		return err
	}
	var said tokenAnswer
	got, err := c.askTokenServer(ctx, realm, strings.Split(key, " "), &said)
	if err != nil {
		return c.tokenError(ctx, realm, err, said.words)
	}
	secret := cmp.Or(got.Token, got.AccessToken)
	if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return c.host.invalidLogin("%s gives something that is no token", nameOf(realm))
	}
	c.host.mask.issued(secret, got.RefreshToken)
	if c.credential.IdentityToken != "" && got.RefreshToken != "" {
		c.refresh = got.RefreshToken // it may replace the one that was sent (RFC 6749, 6)
	}
	life := time.Duration(got.ExpiresIn) * time.Second
	if life <= 0 {
		life = defaultLife
	}
	c.tokens[key] = token{
		secret:  secret,
		expires: time.Now().Add(life - min(renewEarly, life/2)),
		issue:   times,
		scope:   said.Scope,
	}
	return nil
}

// exchange asks a token server. Whether it may be asked is decided already: package transport, which
// refuses private addresses, is told that it is the registry.
func (c *client) askTokenServer(ctx context.Context, realm *url.URL, scopes []string, said *tokenAnswer) (*transport.Token, error) {
	itself, err := name.NewRegistry(realm.Host)
	if err != nil {
		itself = c.host.registry
	}
	login := c.credential.AuthConfig
	login.IdentityToken = cmp.Or(c.refresh, login.IdentityToken)
	return transport.Exchange(ctx, itself, authn.FromConfig(login), tokenTransport{c.host, said}, scopes, &transport.Challenge{
		Scheme:     "bearer",
		Parameters: map[string]string{"realm": realm.String(), "service": c.challenge.params["service"]},
		Insecure:   realm.Scheme == "http",
	})
}

// tokenError says what went wrong without the words of the error, which may hold the server's
// answer, and with it a token. The words are those of an error that the server has told as one.
func (c *client) tokenError(ctx context.Context, at *url.URL, err error, said refusal.Words) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	realm := nameOf(at)
	var overload *ResponseError
	var answer *transport.Error
	var network *url.Error
	var body errTokenBody
	var away errRedirected
	switch {
	case errors.As(err, &network) && (errors.Is(err, registry.ErrUnverified) || errors.Is(err, registry.ErrInvalid)):
		return network.Err // not the token server, but the way there
	case errors.As(err, &overload):
		return fmt.Errorf("%s: %s: %w", c.host.registry, realm, overload)
	case errors.As(err, &answer):
		return c.tokenDenied(realm, answer.StatusCode, said)
	case errors.As(err, &away):
		return registry.Errorf(registry.ErrUnverified, "%s: %s redirects, which is not followed with a credential", c.host.registry, realm)
	case errors.As(err, &body) && body.cause != nil:
		return registry.Errorf(registry.ErrUnavailable, "%s: %s breaks off", c.host.registry, realm)
	case errors.As(err, &body):
		return c.host.invalidLogin("%s answers with more than %d KiB", realm, maxTokenBody>>10)
	case errors.As(err, &network):
		return registry.Errorf(registry.ErrUnavailable, "%s: cannot reach %s: %w", c.host.registry, realm, network.Err)
	}
	return c.host.invalidLogin("%s gives no token: what it sends is not the JSON of one", realm)
}

// tokenDenied is a token server that gives no token for what it was shown.
func (c *client) tokenDenied(realm string, status int, said refusal.Words) error {
	text := realm + " answers " + refusal.StatusText(status)
	for _, code := range said.Codes {
		text += ": " + code.String()
	}
	switch {
	case c.anonymous():
		text += " (no credential was found for it)"
	case len(said.Codes) > 0:
		text += " (it does not accept " + c.credentialName() + ")"
	default:
		text += ": it does not accept " + c.credentialName()
	}
	denied := &LoginError{Login: c.login(false), text: text}
	denied.Reason = (&ResponseError{Method: http.MethodGet, Status: http.StatusUnauthorized, Codes: said.Codes}).Reason()
	return denied
}

// nameOf is what a token server is called in messages.
func nameOf(realm *url.URL) string { return "the token server " + realm.Host }

func overloaded(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500
}

// errRedirected is a token server that sends us elsewhere.
type errRedirected struct{}

func (errRedirected) Error() string { return "redirected" }

// tokenTransport carries the requests of package transport to a token server under the same limits.
// A redirect ends it: what is sent there, in a header or in a form, is for that server alone.
type tokenTransport struct {
	host *host
	said *tokenAnswer
}

// A tokenAnswer is what package transport does not tell of an answer.
type tokenAnswer struct {
	Scope *string       // what the token allows, if the server says so
	words refusal.Words // of an error
}

// maxTokenBody is how much a token server may answer.
const maxTokenBody = 64 << 10

// errTokenBody is an answer of a token server that breaks off, or has no end.
type errTokenBody struct{ cause error }

func (e errTokenBody) Error() string { return "its answer cannot be read" }

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(req.Context(), headerTimeout)
	req = req.Clone(ctx)
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := t.host.network.RoundTrip(req)
	t.host.policy.traceExchange(req.Method, req.URL, resp, err, time.Since(start))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &idleBody{ReadCloser: resp.Body, ctx: ctx, cancel: func(error) { cancel() }, end: func(error) { cancel() }}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody+1))
	if err != nil || len(raw) > maxTokenBody {
		return nil, errTokenBody{err}
	}
	json.Unmarshal(raw, t.said)
	if t.said.words = (refusal.Words{}); resp.StatusCode >= 400 {
		t.said.words = refusal.WordsOf(resp.Header, raw).WithoutTokens().Masked(t.host.mask.hide)
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	if req.Method == http.MethodPost && (resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusMethodNotAllowed) {
		resp.StatusCode = http.StatusNotFound // it knows no such grant either: package transport goes on to ask by GET
	}
	if overloaded(resp.StatusCode) {
		return nil, &ResponseError{Method: req.Method, URL: redact(req.URL), Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header), Codes: t.said.words.Codes}
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, errRedirected{}
	}
	return resp, nil
}
