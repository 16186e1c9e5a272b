package plan

import "github.com/manifest-tool/manifest-tool/registry"

// A Reason is why a plan is refused. Each has its own next step.
type Reason string

// The reasons.
const (
	LacksRequired  Reason = "an image that --require asks for is missing"
	LosesPlatforms Reason = "a tag would lose platforms"
	WrongPlatform  Reason = "an image is listed for a platform that its config denies"
	SameImage      Reason = "two names hold one image, which is listed for two platforms"
	WrongTemplate  Reason = "a template names one image for several platforms"
)

// A ReasonError is a plan that is refused. It is a [registry.ErrUnverified].
type ReasonError struct {
	Reason Reason
	err    error
}

func (e *ReasonError) Error() string { return e.err.Error() }

// Unwrap returns the error with its class.
func (e *ReasonError) Unwrap() error { return e.err }

// refuse is an error with a reason.
func refuse(reason Reason, format string, args ...any) error {
	return &ReasonError{reason, registry.Errorf(registry.ErrUnverified, format, args...)}
}
