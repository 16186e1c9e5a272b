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
	"slices"
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
	issue   int     // 1 for the first token with the same scopes, 2 for the next; set by tokenHolder
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

// fetchToken requests a token for scopes, as a challenge asks.
func (c *client) fetchToken(ctx context.Context, asked *challenge, scopes string) (token, error) {
	if given := c.credential.RegistryToken; given != "" {
		return token{secret: given, expires: time.Now().Add(24 * time.Hour)}, nil
	}
	realm, err := c.host.realm(*asked)
	if err != nil {
		return token{}, err
	}
	var said tokenAnswer
	got, err := c.askTokenServer(ctx, tokenRequest{c.offline(realm), asked.params["service"], strings.Fields(scopes)}, &said)
	if err != nil {
		return token{}, c.tokenError(ctx, realm, err, said.words)
	}
	secret := cmp.Or(got.Token, got.AccessToken)
	if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return token{}, c.host.invalidLogin("%s sends an invalid token", nameOf(realm))
	}
	c.host.mask.issued(secret, got.RefreshToken)
	if c.wantsIdentity {
		c.mu.Lock()
		c.identity = got.RefreshToken
		c.mu.Unlock()
	}
	life := time.Duration(got.ExpiresIn) * time.Second
	if life <= 0 {
		life = defaultLife
	}
	return token{secret: secret, expires: time.Now().Add(life - min(renewEarly, life/2)), scope: said.Scope}, nil
}

// offline returns the URL of the token server, with the question for an identity token if the client wants one
// (https://distribution.github.io/distribution/spec/auth/token/).
func (c *client) offline(realm *url.URL) *url.URL {
	if !c.wantsIdentity {
		return realm
	}
	asking := *realm
	query := asking.Query()
	query.Set("offline_token", "true")
	query.Set("client_id", "manifest-tool")
	asking.RawQuery = query.Encode()
	return &asking
}

// lastChallenge returns the last challenge of method bearer, or nil.
func (c *client) lastChallenge() *challenge {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.challenge
}

// A tokenRequest is what a token is requested for.
type tokenRequest struct {
	realm   *url.URL // checked before
	service string
	scopes  []string
}

// askTokenServer requests a token. Requests with a refresh token go one by one, because the answer may replace the
// refresh token (RFC 6749, 6).
func (c *client) askTokenServer(ctx context.Context, r tokenRequest, said *tokenAnswer) (*transport.Token, error) {
	login := c.credential.AuthConfig
	if login.IdentityToken == "" {
		return c.exchangeToken(ctx, r, login, said)
	}
	if err := c.refreshing.Enter(ctx); err != nil {
		return nil, err
	}
	defer c.refreshing.Leave()
	login.IdentityToken = cmp.Or(c.refresh, login.IdentityToken)
	got, err := c.exchangeToken(ctx, r, login, said)
	if err == nil {
		c.refresh = cmp.Or(got.RefreshToken, c.refresh)
	}
	return got, err
}

// exchangeToken sends the request of a token. Package transport refuses private addresses other than the registry, so the
// token server is passed as the registry.
func (c *client) exchangeToken(ctx context.Context, r tokenRequest, login authn.AuthConfig, said *tokenAnswer) (*transport.Token, error) {
	itself, err := name.NewRegistry(r.realm.Host)
	if err != nil {
		itself = c.host.registry
	}
	return transport.Exchange(ctx, itself, authn.FromConfig(login), tokenTransport{c.host, said}, r.scopes, &transport.Challenge{
		Scheme:     "bearer",
		Parameters: map[string]string{"realm": r.realm.String(), "service": r.service},
		Insecure:   r.realm.Scheme == "http",
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
		c.host.outage.fail(fmt.Errorf("cannot reach %s: %w", realm, network.Err))
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
	denied := &LoginError{Login: c.login(false), text: text, tooLong: refusesLength(status, said), others: status != http.StatusUnauthorized}
	denied.Reason = (&ResponseError{Method: http.MethodGet, Status: http.StatusUnauthorized, Codes: said.Codes}).Reason()
	return denied
}

// refusesLength reports whether a token server may refuse a request because of its length. A 400 with an error other than
// invalid_scope is about something else.
func refusesLength(status int, said refusal.Words) bool {
	switch status {
	case http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestEntityTooLarge:
		return true
	}
	return status == http.StatusBadRequest && !slices.ContainsFunc(said.Codes, func(c refusal.Code) bool { return c.Code != "invalid_scope" })
}

// isTooLong reports whether a request for fewer repositories may get a token.
func isTooLong(err error) bool {
	var login *LoginError
	return errors.As(err, &login) && login.tooLong
}

// isOfScopes reports whether the token server may grant tokens for other repositories.
func isOfScopes(err error) bool {
	var login *LoginError
	return errors.As(err, &login) && login.others
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
