package output

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/plan/planfile"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Hints that several kinds of error have.
const (
	foreignHint   = "rebuild the image without foreign layers (layers with urls), or allow them in the settings of the registry"
	immutableHint = "if tags are immutable, push under another tag, or remove this tag first"
	readOnlyHint  = "the registry accepts no pushes to this repository: check that it is not a mirror, a cache or read-only"
	sizeHint      = "raise the size limit of the registry, or of the proxy in front of it (nginx: client_max_body_size)"
)

// explanations are tried in this order, as an error may be of several kinds. The first that matches
// gives the exit code and the next step.
var explanations = []explanation{
	{isPartial, ExitPartial, "fix the cause, then run the same command again: it moves the remaining tags"},
	{as[UsageError], ExitUsage, "see COMMAND --help"},
	{isPushWithoutDraft, ExitUsage, "create a draft with manifest-tool create LIST IMAGE..., or use push from-spec, from-args or from-digests, which need no draft; manifest-tool ls lists the drafts"},
	{isOnlineLint, ExitUnverified, "correct the spec or its images"},
	{as[LintError], ExitUsage, "correct the specs; --output json says what to do about each finding"},
	{as[NoDraftError], ExitUsage, "manifest-tool ls lists the drafts; manifest-tool create creates one"},
	{as[*MovedError], ExitRefused, "nothing was written: use push --refresh for the current images of the tags, or push from-spec with the file of the draft (see manifest-tool ls) for the images in the draft"},
	{as[*planfile.Error], ExitUsage, "nothing was written: make a new plan with manifest-tool plan, and do not change the file"},
	{as[*plan.StaleError], ExitRefused, "nothing was written: make a new plan with manifest-tool plan, check it, and apply it"},
	{as[*plan.SourceError], ExitNotFound, "nothing was written: push the image again, or make a new plan with manifest-tool plan"},
	{as[*spec.Error], ExitUsage, "nothing was written: correct the spec or the command, then run the command again"},
	{as[*spec.ReadError], ExitUsage, "nothing was written: give the path of a YAML or JSON file, or - for stdin"},
	{as[*auth.ConfigError], ExitUsage, "correct the file, or select another one with --docker-cfg or --authfile"},
	{as[*certs.Error], ExitUsage, "nothing was written: correct or remove the file, then run the command again"},
	{as[*auth.HelperError], ExitDenied, "run the helper by hand to see its error, or log in again"},
	{is(auth.ErrLocked), ExitUnavailable, "run the same command again: this is safe"},
	{answer(isQuota), ExitUnavailable, "log in, because accounts have a higher rate limit, or run the same command again later"},
	{answer(isLongRest), ExitUnavailable, "run the same command again after that time"},
	{misdirected(true), byClass, "the registry sends a wrong address of itself: set X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Port in the proxy in front of it, or configure relative URLs in the registry"},
	{answer(isNoRepository), ExitNotFound, "create the repository first: some registries, such as Amazon ECR, do not create it on a push"},
	{reason(refusal.ForeignLayer), byClass, foreignHint},
	{as[*push.ForeignLayerError], byClass, foreignHint},
	{reason(refusal.RateLimit), byClass, "wait, then run the same command again; a login may have a higher limit, and --rate keeps the requests below a limit"},
	{reason(refusal.TooLarge), byClass, sizeHint},
	{reason(refusal.Quota), byClass, "the storage or the quota of the registry is used up: delete images that you no longer need, or ask the administrator for more"},
	{reason(refusal.Immutable), byClass, immutableHint},
	{reason(refusal.ReadOnly), byClass, readOnlyHint},
	{reason(refusal.Policy), byClass, "a policy of the registry forbids this for every login: check the policy, or ask the administrator of the registry"},
	{reason(refusal.NoRepository), byClass, "create the repository, or its project, first"},
	{ruledOut, byClass, "a rule of the registry forbids this: check the settings of the repository, or ask the administrator of the registry"},
	{answer(isUnasked), ExitDenied, "no login was sent, because the answer has no WWW-Authenticate header: check the login settings of the registry and of the proxy in front of it"},
	{answer(isImmutable), ExitRefused, immutableHint},
	{answer(isInvalid), ExitRefused, "the registry rejects this index: try --type oci or --type docker, or fewer annotations"},
	{status(http.StatusMethodNotAllowed), ExitRefused, readOnlyHint},
	{answer(isUnsupported), ExitRefused, readOnlyHint},
	{status(http.StatusRequestEntityTooLarge), ExitRefused, sizeHint},
	{isInvalidBehind, ExitUsage, "correct the error above, then run the same command again: it continues where this run ended"},
	{is(registry.ErrInvalid), ExitUsage, "nothing was written: correct the error above, then run the command again"},
	{login(inCloud), ExitDenied, "CLOUD"},
	{isWrongPassword, ExitDenied, "no login was stored: check the user name and the password; many registries take an access token instead of the password of the account"},
	{expired(true), byClass, "log in again: the login has expired or was revoked; manifest-tool auth explain shows its source"},
	{expired(false), byClass, "the link of the registry to its storage has expired: check the clocks, then run the same command again"},
	{reason(refusal.LacksScope), byClass, "create a token with the missing scope: the token of this login does not have it; manifest-tool auth explain shows its source"},
	{login(isRefused), ExitDenied, "log in again: the password is wrong or no longer valid; manifest-tool auth explain shows its source"},
	{login(isKnown), ExitDenied, "this login lacks the permission: ask for it, or use another login; manifest-tool auth explain shows the permissions"},
	{notStored(registry.ErrDenied), ExitDenied, "no login was stored: check the login settings of the registry, and of the proxy in front of it"},
	{is(registry.ErrDenied), ExitDenied, "LOGIN"},
	{is(registry.ErrSchema1), ExitUnverified, "rebuild the image, or push it again with a current client"},
	{as[*remote.EncodedError], byClass, "a proxy in front of the registry compresses the answers, or declares a wrong Content-Encoding: switch compression off for paths below /v2/"},
	{refusedFor(plan.LacksRequired), ExitUnverified, "push the missing images first, or remove their platforms from --require"},
	{refusedFor(plan.LosesPlatforms), ExitUnverified, "nothing was written: add images for these platforms, or remove --strict if the tag is meant to lose them"},
	{refusedFor(plan.WrongTemplate), ExitUnverified, "nothing was written: write OS, ARCH or VARIANT into the template where the names of the images differ, or use --allow-platform-mismatch to push one image for all platforms"},
	{refusedFor(plan.SameImage), ExitUnverified, "nothing was written: build and push that image again for its platform, or use --allow-platform-mismatch to accept this image"},
	{refusedFor(plan.WrongPlatform), ExitUnverified, "nothing was written: name the right image for each platform, or use --allow-platform-mismatch to accept this image"},
	{as[FindingsError], ExitUnverified, "each finding names the next step"},
	{as[InspectError], ExitUnverified, "push the image again from a place that has all manifests; clients for the other platforms can still pull it"},
	{is(registry.ErrUnverified), ExitUnverified, "check the image or the server that the error names; --debug shows each request"},
	{as[OvertakenPlanError], ExitRefused, "inspect the tag, then make a new plan with manifest-tool plan, check it, and apply it"},
	{IsOvertaken, ExitRefused, "inspect the tag, then run the same command again; edit --retry-on-conflict does this automatically"},
	{as[*push.ConflictError], ExitRefused, "two pipelines push this tag: run the pipeline of the right image again"},
	{is(registry.ErrRefused), ExitRefused, "fix the cause above first: the same command fails again until then; --debug shows each request"},
	{lacksTag, byClass, "TAGS"},
	{notStored(registry.ErrNotFound), ExitNotFound, "no login was stored: check the name and the port, because the server there is no registry"},
	{is(registry.ErrNotFound), ExitNotFound, "check the name; manifest-tool inspect shows the images of a reference"},
	{is(http.ErrSchemeMismatch), ExitUnavailable, "the registry uses plain http: add --plain-http"},
	{wantsCertificate, ExitUnavailable, "the registry requires a client certificate: use --cert-file and --key-file, or add both files to the folder of the registry in certs.d"},
	{as[x509.UnknownAuthorityError], ExitUnavailable, "the certificate of the registry is signed by an unknown CA: add the CA with --ca-file or in certs.d, or use --insecure"},
	{as[*tls.CertificateVerificationError], ExitUnavailable, "use the host name in the certificate of the registry, or use --insecure"},
	{proxyWants, ExitUnavailable, "the proxy requires a login: put it into the URL, as in HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT"},
	{as[*network.ProxyError], ExitUnavailable, "ask the administrator of the proxy to allow the registry, or add the registry to NO_PROXY"},
	{misdirected(false), ExitUnavailable, "the registry stores its content on that host: check that this machine can reach it, then run the same command again"},
	{as[*net.OpError], ExitUnavailable, "check the host and port of the registry, and the proxy, then run the same command again"},
	{is(registry.ErrUnavailable), ExitUnavailable, "run the same command again: this is safe"},
}
