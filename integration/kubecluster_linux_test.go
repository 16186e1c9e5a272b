package integration

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// kubeAdmin is the token of everybody who talks to the control plane of a test.
const kubeAdmin = "token-of-a-test"

// controllers are those that a Job needs, with the namespace and the service account that its pods live in.
const controllers = "job-controller,cronjob-controller,serviceaccount-controller,namespace-controller,garbage-collector-controller"

// startControlPlane runs a Kubernetes without nodes until the test ends: etcd, kube-apiserver, kube-controller-manager.
// All of them listen on loopback only.
func startControlPlane(t testing.TB) *kubeAPI {
	t.Helper()
	etcd := installed(t, "etcd")
	programs := []string{tool(t, "kube-apiserver"), tool(t, "kube-controller-manager")}
	dir := t.TempDir()
	ca := registrytest.NewAuthority(t)
	cert, key := ca.Issue(t, "127.0.0.1")
	for name, content := range map[string][]byte{
		"ca.pem": ca.PEM(), "cert.pem": cert, "key.pem": key,
		"tokens.csv": []byte(kubeAdmin + ",admin,1,system:masters\n"),
	} {
		registrytest.WriteFile(t, filepath.Join(dir, name), content)
	}
	store := startEtcd(t, etcd, filepath.Join(dir, "etcd"))
	api := startAPIServer(t, programs[0], dir, store, ca)
	startControllers(t, programs[1], dir, api)
	return api
}

func startEtcd(t testing.TB, program, data string) (url string) {
	t.Helper()
	client, peer := "http://"+freeHost(t), "http://"+freeHost(t)
	ctx, stop := lifetime(t)
	cmd := bound(ctx, program, "--data-dir", data, "--logger", "zap", "--log-level", "warn",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	s := start(t, cmd, stop)
	s.await(t, func() error { return getOK(http.DefaultClient, client+"/health") })
	return client
}

func startAPIServer(t testing.TB, program, dir, store string, ca *registrytest.Authority) *kubeAPI {
	t.Helper()
	host := freeHost(t)
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	ctx, stop := lifetime(t)
	s := start(t, bound(ctx, program, "--etcd-servers", store,
		"--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--secure-port", port,
		"--endpoint-reconciler-type", "none", // it does not take a loopback address
		"--tls-cert-file", in("cert.pem"), "--tls-private-key-file", in("key.pem"),
		"--service-account-issuer", "https://kubernetes.invalid",
		"--service-account-key-file", in("cert.pem"), "--service-account-signing-key-file", in("key.pem"),
		"--service-cluster-ip-range", "10.96.0.0/24",
		"--token-auth-file", in("tokens.csv"), "--authorization-mode", "RBAC",
	), stop)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}}
	t.Cleanup(transport.CloseIdleConnections)
	api := &kubeAPI{url: "https://" + host, client: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
	s.await(t, func() error { return api.do(t.Context(), http.MethodGet, "/readyz", nil, nil) })
	return api
}

func startControllers(t testing.TB, program, dir string, api *kubeAPI) {
	t.Helper()
	config := filepath.Join(dir, "kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: admin, user: {token: %q}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
current-context: test
`, api.url, filepath.Join(dir, "ca.pem"), kubeAdmin)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := lifetime(t)
	start(t, bound(ctx, program, "--kubeconfig", config, "--leader-elect=false", "--secure-port", "0",
		"--controllers", controllers), stop)
}

// bound is a command that does not outlive the test, even if the test is killed.
func bound(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// slowStart is how long a server of the control plane may take on a busy machine.
const slowStart = 3 * time.Minute

// await waits until a server answers.
func (s *server) await(t testing.TB, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), slowStart)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-s.exited:
			t.Fatalf("it ended before it answered:\n%s", s.tail())
		case <-ctx.Done():
			t.Fatalf("no answer: %v\n%s", err, s.tail())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func getOK(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return nil
}
