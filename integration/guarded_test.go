package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// canary is a part of every password of these tests.
const canary = "CANARY-PW-"

// A guarded registry is a distribution that lets in who has a token of its token server. Both are behind
// one host.
type guarded struct {
	Host     string
	password string // of the user ci

	// life is how long a token works, told how long its server says that it does, in seconds.
	life  time.Duration
	told  int
	delay time.Duration // of every request but those for tokens
	allow func(repository, action string) bool

	key         *ecdsa.PrivateKey
	certificate []byte

	mu       sync.Mutex
	received []string // every request, as it came, without its body
	scopes   []string // of every token that was asked for
}

const guardedConfig = `auth:
  token:
    autoredirect: true
    realm: http://localhost/auth/token
    service: guarded
    issuer: guarded
    rootcertbundle: %q
`

// startGuarded runs a guarded registry until the test ends.
func startGuarded(t testing.TB, password string) *guarded {
	t.Helper()
	g := &guarded{password: password, life: time.Minute, told: 60, allow: func(string, string) bool { return true }}
	g.makeKey(t)
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	behind := serveDistribution(t, "guarded", tool(t, "registry"), inMemory, fmt.Sprintf(guardedConfig, bundle))
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", behind.Host
			r.Out.Header.Set("X-Forwarded-Proto", "http")
		},
		Transport: forwarding,
		ErrorLog:  log.New(io.Discard, "", 0),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.note(r)
		if r.URL.Path == "/auth/token" {
			g.serveToken(w, r)
			return
		}
		time.Sleep(g.delay)
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.Host = server.Listener.Addr().String()
	return g
}

func (g *guarded) makeKey(t testing.TB) {
	t.Helper()
	var err error
	if g.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "guarded"}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if g.certificate, err = x509.CreateCertificate(rand.Reader, template, template, &g.key.PublicKey, g.key); err != nil {
		t.Fatal(err)
	}
}

func (g *guarded) note(r *http.Request) {
	dump, _ := httputil.DumpRequest(r, false)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.received = append(g.received, string(dump))
	if r.URL.Path == "/auth/token" {
		g.scopes = append(g.scopes, strings.Join(r.URL.Query()["scope"], " "))
	}
}

// serveToken is the "Token Authentication Specification" of distribution.
func (g *guarded) serveToken(w http.ResponseWriter, r *http.Request) {
	if user, password, ok := r.BasicAuth(); !ok || user != "ci" || password != g.password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	granted := []access{}
	for _, scope := range r.URL.Query()["scope"] {
		for word := range strings.FieldsSeq(scope) {
			parts := strings.Split(word, ":")
			actions := slices.DeleteFunc(strings.Split(parts[2], ","), func(a string) bool { return !g.allow(parts[1], a) })
			granted = append(granted, access{parts[0], parts[1], actions})
		}
	}
	now := time.Now()
	token := g.sign(map[string]any{
		"iss": "guarded", "sub": "ci", "aud": "guarded", "jti": rand.Text(), "access": granted,
		"iat": now.Unix(), "nbf": now.Add(-2 * time.Minute).Unix(),
		"exp": now.Add(g.life - time.Minute).Unix(), // distribution takes it a minute longer
	})
	json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": g.told})
}

// sign makes a JWT of ES256 (RFC 7518, section 3.4).
func (g *guarded) sign(claims map[string]any) string {
	part := func(v any) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(map[string]any{"typ": "JWT", "alg": "ES256", "x5c": [][]byte{g.certificate}}) + "." + part(claims)
	digest := sha256.Sum256([]byte(text))
	r, s, _ := ecdsa.Sign(rand.Reader, g.key, digest[:])
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// asked gives the scopes of all tokens so far.
func (g *guarded) asked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.scopes)
}

// got reports whether any request held a text, also as a part of a password in base64.
func (g *guarded) got(secret string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.received, func(request string) bool {
		return strings.Contains(request, secret) || strings.Contains(request, base64.StdEncoding.EncodeToString([]byte("ci:"+secret)))
	})
}

// quietly runs our program with --debug, and checks how it ends and that it shows no secret.
func quietly(t testing.TB, end string, env []string, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	p := newProcess(t, append([]string{"--debug"}, args...)...)
	p.Env = append(p.Env, env...)
	p.Stdin = strings.NewReader(stdin)
	p.launch(t)
	p.mustEnd(t, end)
	text := p.stdout.String() + p.stderr.String()
	for _, secret := range []string{canary, base64.StdEncoding.EncodeToString([]byte("ci:" + canary))[:16], "eyJ"} { // as JWTs begin
		if strings.Contains(text, secret) {
			t.Errorf("manifest-tool %q shows %q:\n%s", args, secret, text)
		}
	}
	return p.stdout.String(), p.stderr.String()
}
