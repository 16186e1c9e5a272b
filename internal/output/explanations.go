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
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Hints that several kinds of error have.
const (
	foreignHint   = "build the image without layers that are kept elsewhere (with urls), or let the registry allow them"
	immutableHint = "where tags are immutable, push under another tag, or remove this one first"
	readOnlyHint  = "the registry takes no pushes under this name: is it a mirror, or read-only?"
	sizeHint      = "a proxy before the registry, or the registry, takes nothing of this size: raise its limit (nginx: client_max_body_size)"
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
	{misdirected(true), byClass, "the registry does not know the address by which it is reached: let the proxy before it send X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Port, or let the registry send relative URLs"},
	{answer(isNoRepository), ExitNotFound, "create the repository first: some registries, such as Amazon ECR, do not do it by themselves"},
	{reason(refusal.ForeignLayer), byClass, foreignHint},
	{as[*push.ForeignLayerError], byClass, foreignHint},
	{reason(refusal.RateLimit), byClass, "wait a while, and run the same command again; a login may have a larger limit, and a smaller --jobs sends fewer requests at once"},
	{reason(refusal.TooLarge), byClass, sizeHint},
	{reason(refusal.Quota), byClass, "the registry has no room left for this: remove what is no longer needed, or ask for a larger quota"},
	{reason(refusal.Immutable), byClass, immutableHint},
	{reason(refusal.ReadOnly), byClass, readOnlyHint},
	{reason(refusal.Policy), byClass, "a policy of the registry forbids this, whatever the login is: see its rules, or ask who keeps it"},
	{reason(refusal.NoRepository), byClass, "create the repository, or the project that it belongs to, first"},
	{ruledOut, byClass, "a rule of the registry does not allow this: see the settings of the repository, or ask who keeps it"},
	{answer(isUnasked), ExitDenied, "the answer has no WWW-Authenticate header, so no login was sent: check the proxy before the registry, and its settings for logins"},
	{answer(isImmutable), ExitRefused, immutableHint},
	{answer(isInvalid), ExitRefused, "the registry does not take this index: --type oci or --type docker may suit it, or fewer annotations"},
	{status(http.StatusMethodNotAllowed), ExitRefused, readOnlyHint},
	{answer(isUnsupported), ExitRefused, readOnlyHint},
	{status(http.StatusRequestEntityTooLarge), ExitRefused, sizeHint},
	{isInvalidBehind, ExitUsage, "mend the above and run it again: it goes on from what is there"},
	{is(registry.ErrInvalid), ExitUsage, "nothing was written; mend the above and run it again"},
	{login(inCloud), ExitDenied, "CLOUD"},
	{expired(true), byClass, "log in anew: the login has expired, or was revoked; manifest-tool auth explain tells where it comes from"},
	{expired(false), byClass, "the registry's link to its store had expired: check the clocks; it is safe to run the same command again"},
	{reason(refusal.LacksScope), byClass, "the token of this login was made for less: make one that also has the right to do this; manifest-tool auth explain tells where it comes from"},
	{login(isRefused), ExitDenied, "log in anew: the password is wrong, or no longer good; manifest-tool auth explain tells where it comes from"},
	{login(isKnown), ExitDenied, "this login may not do that: ask for the right to, or use another one; manifest-tool auth explain tells what it may do"},
	{is(registry.ErrDenied), ExitDenied, "LOGIN"},
	{is(registry.ErrSchema1), ExitUnverified, "nothing reads that schema any more: see who builds the image"},
	{as[*remote.EncodedError], byClass, "a proxy before the registry compresses its answers, or names a coding that they do not have: switch that off for paths below /v2/"},
	{is(registry.ErrUnverified), ExitUnverified, "something is not what it should be, as said above; --debug shows each request"},
	{IsOvertaken, ExitRefused, "look at what it holds now, and run the same command again; edit does that by itself with --retry-on-conflict"},
	{as[*push.ConflictError], ExitRefused, "two pipelines push this tag: see which of the two images is meant, and run that command again"},
	{is(registry.ErrRefused), ExitRefused, "it will be so again until the cause above is gone; --debug shows each request"},
	{lacksTag, byClass, "TAGS"},
	{is(registry.ErrNotFound), ExitNotFound, "check the name; manifest-tool inspect shows what is there"},
	{is(http.ErrSchemeMismatch), ExitUnavailable, "the registry speaks plain http: --plain-http speaks it too"},
	{wantsCertificate, ExitUnavailable, "the registry wants to see a certificate: give --cert-file and --key-file, or put them into its folder in certs.d"},
	{as[x509.UnknownAuthorityError], ExitUnavailable, "nobody known here has signed the registry's certificate: name its CA with --ca-file or in certs.d, or give --insecure"},
	{as[*tls.CertificateVerificationError], ExitUnavailable, "use the name that the registry's certificate is for, or give --insecure"},
	{proxyWants, ExitUnavailable, "the proxy wants a login: it stands in the URL, as in HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"},
	{as[*network.ProxyError], ExitUnavailable, "ask who keeps the proxy to let the registry through, or name the registry in NO_PROXY"},
	{misdirected(false), ExitUnavailable, "the registry keeps its content there: check that this host can be reached from here; it is safe to run the same command again"},
	{as[*net.OpError], ExitUnavailable, "check the host and port of the registry, and the proxy; it is safe to run the same command again"},
	{is(registry.ErrUnavailable), ExitUnavailable, "it is safe to run the same command again"},
}
