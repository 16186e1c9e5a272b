package auth

import "github.com/manifest-tool/manifest-tool/internal/lazyregexp"

// clouds are registries with short-lived passwords, and the credential helpers for them.
var clouds = []struct {
	hosts  lazyregexp.Regexp
	helper string
}{
	{lazyregexp.New(`^(\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn|\.eu)?|on\.aws)|public\.ecr\.aws)$`), "ecr-login"},
	{lazyregexp.New(`^([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io)$`), "gcloud"},
	{lazyregexp.New(`^[a-z0-9-]+\.azurecr\.(io|cn|us)$`), "acr-env"},
}

// CloudHelper returns the credential helper for the registry of a cloud, without "docker-credential-". It returns ""
// for other registries.
func CloudHelper(host string) string {
	for _, cloud := range clouds {
		if cloud.hosts().MatchString(host) {
			return cloud.helper
		}
	}
	return ""
}
