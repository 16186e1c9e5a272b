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
	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// A token authorizes requests for a limited time.
type token struct {
	secret  string
	expires time.Time
	issue   int     // 1 for the first token with the same scopes, 2 for the next
	scope   *string // the field "scope" of the answer; may be nil
}

const (
	// defaultLife applies if the answer does not give a lifetime
	defaultLife = 60 * time.Second
	// renewEarly allows for different clocks and for the time of the request
	renewEarly = 5 * time.Second
	// maxTokens is how many tokens a client keeps; each has one to some KiB
	maxTokens = 500
)

func (t token) expired() bool { return t.secret == "" || time.Now().After(t.expires) }

// basicHeader returns the Authorization header for a Basic challenge, or "" without a credential.
func (c *client) basicHeader(asked challenge) (string, error) {
	user, password := c.credential.Username, c.credential.Password
	switch {
	case asked.scheme == "", c.anonymous() && asked.scheme == "basic":
		return "", nil // the 401 is the result
	case user == "" && password == "":
		return "", c.denied("the registry asks for a login (no credential found for this registry)")
	case asked.scheme != "basic":
		return "", c.host.invalidLogin("the registry asks for a login with %s, which manifest-tool does not support", refusal.Shorten(asked.scheme))
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)), nil
}

// fetchToken requests a token for scopes and keeps it. The caller holds loginGate.
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
		return c.host.invalidLogin("%s sends an invalid token", nameOf(realm))
	}
	c.host.mask.issued(secret, got.RefreshToken)
	if c.credential.IdentityToken != "" && got.RefreshToken != "" {
		c.refresh = got.RefreshToken // replaces the one that was sent (RFC 6749, 6)
	}
	life := time.Duration(got.ExpiresIn) * time.Second
	if life <= 0 {
		life = defaultLife
	}
	if len(c.tokens) >= maxTokens {
		clear(c.tokens)
	}
	c.tokens[key] = token{
		secret:  secret,
		expires: time.Now().Add(life - min(renewEarly, life/2)),
		issue:   times,
		scope:   said.Scope,
	}
	return nil
}

// askTokenServer requests a token. realm has checked the token server before. Package transport refuses private
// addresses other than the registry, so the token server is passed as the registry.
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

// tokenError makes an error without the text of err, because the text may hold a token. It shows the errors that the
// token server sent as such.
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
		return network.Err // the error of package network
	case errors.As(err, &overload):
		return fmt.Errorf("%s: %s: %w", c.host.registry, realm, overload)
	case errors.As(err, &answer):
		return c.tokenDenied(realm, answer.StatusCode, said)
	case errors.As(err, &away):
		return registry.Errorf(registry.ErrUnverified, "%s: %s redirects, but manifest-tool does not send a credential to another server", c.host.registry, realm)
	case errors.As(err, &body) && body.cause != nil:
		return registry.Errorf(registry.ErrUnavailable, "%s: the answer of %s is incomplete", c.host.registry, realm)
	case errors.As(err, &body):
		return c.host.invalidLogin("the answer of %s is larger than the limit of %d KiB", realm, maxTokenBody>>10)
	case errors.As(err, &network):
		return registry.Errorf(registry.ErrUnavailable, "%s: cannot reach %s: %w", c.host.registry, realm, network.Err)
	}
	return c.host.invalidLogin("%s sends no token: its answer is not the expected JSON", realm)
}

// tokenDenied is the refusal of a token server.
func (c *client) tokenDenied(realm string, status int, said refusal.Words) error {
	text := realm + " answers " + refusal.StatusText(status)
	for _, code := range said.Codes {
		text += ": " + code.String()
	}
	switch {
	case c.anonymous():
		text += " (no credential found for this registry)"
	case len(said.Codes) > 0:
		text += " (the token server rejects " + c.credentialName() + ")"
	default:
		text += ": the token server rejects " + c.credentialName()
	}
	denied := &LoginError{Login: c.login(false), text: text}
	denied.Reason = (&ResponseError{Method: http.MethodGet, Status: http.StatusUnauthorized, Codes: said.Codes}).Reason()
	return denied
}

// nameOf returns the name of a token server for messages.
func nameOf(realm *url.URL) string { return "the token server " + realm.Host }

func overloaded(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500
}

// errRedirected is the error for a redirect of a token server.
type errRedirected struct{}

func (errRedirected) Error() string { return "redirected" }

// A tokenTransport sends the requests of package transport to a token server with the limits of this package. It
// does not follow redirects, because the credential is only for that server.
type tokenTransport struct {
	host *host
	said *tokenAnswer
}

// A tokenAnswer holds the parts of an answer that package transport does not return.
type tokenAnswer struct {
	Scope *string       // the actions of the token; may be nil
	words refusal.Words // of a failure
}

// maxTokenBody limits the answer of a token server.
const maxTokenBody = 64 << 10

// errTokenBody is the error for a broken or too long answer of a token server.
type errTokenBody struct{ cause error }

func (e errTokenBody) Error() string { return "the answer cannot be read" }

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(req.Context(), headerTimeout)
	req = req.Clone(ctx)
	req.Header.Set("Accept-Encoding", "identity")
	if t.host.owns(req.URL) {
		t.host.slots.Count(slots.Read)
	}
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
		resp.StatusCode = http.StatusNotFound // package transport then uses GET
	}
	if overloaded(resp.StatusCode) {
		return nil, &ResponseError{Method: req.Method, URL: redact(req.URL), Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header), Codes: t.said.words.Codes}
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, errRedirected{}
	}
	return resp, nil
}
