package output

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// explanations are tried in this order, as an error may be of several kinds. The first that matches
// gives the exit code and the next step.
var explanations = []explanation{
	{isPartial, ExitPartial, "when the cause is gone, the same command again moves the other tags"},
	{as[UsageError], ExitUsage, "see COMMAND --help"},
	{isPushWithoutDraft, ExitUsage, "manifest-tool ls lists the drafts, create LIST IMAGE... makes one; push from-spec, from-args and from-digests need no draft"},
	{as[NoDraftError], ExitUsage, "manifest-tool ls lists the drafts, manifest-tool create makes one"},
	{as[*MovedError], ExitRefused, "nothing was written: push --refresh takes what the tags hold now, push from-spec with the draft's file (manifest-tool ls) what they held"},
	{as[*spec.Error], ExitUsage, "nothing was sent; mend the above and run it again"},
	{as[*spec.ReadError], ExitUsage, "nothing was sent; a spec is a YAML or JSON file, or - for stdin"},
	{as[*auth.ConfigError], ExitUsage, "mend that, or name another file with --docker-cfg"},
	{as[*certs.Error], ExitUsage, "nothing was sent; mend the file, or take it away"},
	{as[*auth.HelperError], ExitDenied, "run the helper by hand to see what it says, or log in anew"},
	{answer(isQuota), ExitUnavailable, "log in, as accounts have a larger quota, or run the same command again when it is filled again"},
	{answer(isLongRest), ExitUnavailable, "run the same command again after that time"},
	{answer(isNoRepository), ExitNotFound, "create the repository first: some registries, such as Amazon ECR, do not do it by themselves"},
	{answer(isImmutable), ExitRefused, "where tags are immutable, push under another tag, or remove this one first"},
	{answer(isInvalid), ExitRefused, "the registry does not take this index: --type oci or --type docker may suit it, or fewer annotations"},
	{status(http.StatusMethodNotAllowed), ExitRefused, "the registry takes no pushes under this name: is it a mirror, or read-only?"},
	{status(http.StatusRequestEntityTooLarge), ExitRefused, "a proxy before the registry, or the registry, takes nothing of this size: raise its limit (nginx: client_max_body_size)"},
	{isInvalidBehind, ExitUsage, "mend the above and run it again: it goes on from what is there"},
	{is(registry.ErrInvalid), ExitUsage, "nothing was written; mend the above and run it again"},
	{login(inCloud), ExitDenied, "CLOUD"},
	{login(isRefused), ExitDenied, "log in anew: the password is wrong, or no longer good; manifest-tool auth explain tells where it comes from"},
	{login(isKnown), ExitDenied, "this login may not do that: ask for the right to, or use another one; manifest-tool auth explain tells what it may do"},
	{is(registry.ErrDenied), ExitDenied, "log in with docker login or podman login, or give --username and --password-stdin for the registry that is pushed to or inspected"},
	{is(registry.ErrUnverified), ExitUnverified, "something is not what it should be, as said above; --debug shows each request"},
	{IsOvertaken, ExitRefused, "look at what it holds now, and run the same command again; edit does that by itself with --retry-on-conflict"},
	{as[*push.ConflictError], ExitRefused, "two pipelines push this tag: see which of the two images is meant, and run that command again"},
	{is(registry.ErrRefused), ExitRefused, "it will be so again until the cause above is gone; --debug shows each request"},
	{is(registry.ErrNotFound), ExitNotFound, "check the name; manifest-tool inspect shows what is there"},
	{is(http.ErrSchemeMismatch), ExitUnavailable, "the registry speaks plain http: --plain-http speaks it too"},
	{wantsCertificate, ExitUnavailable, "the registry wants to see a certificate: give --cert-file and --key-file, or put them into its folder in certs.d"},
	{as[x509.UnknownAuthorityError], ExitUnavailable, "nobody known here has signed the registry's certificate: name its CA with --ca-file or in certs.d, or give --insecure"},
	{as[*tls.CertificateVerificationError], ExitUnavailable, "use the name that the registry's certificate is for, or give --insecure"},
	{proxyWants, ExitUnavailable, "the proxy wants a login: it stands in the URL, as in HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"},
	{as[*remote.ProxyError], ExitUnavailable, "ask who keeps the proxy to let the registry through, or name the registry in NO_PROXY"},
	{as[*net.OpError], ExitUnavailable, "check the host and port of the registry, and the proxy; it is safe to run the same command again"},
	{is(registry.ErrUnavailable), ExitUnavailable, "it is safe to run the same command again"},
}
