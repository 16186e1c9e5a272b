package auth

import "regexp"

// clouds are registries whose passwords live for hours at most, and the credential helpers that get them.
var clouds = []struct {
	hosts  *regexp.Regexp
	helper string
}{
	{regexp.MustCompile(`^(\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn|\.eu)?|on\.aws)|public\.ecr\.aws)$`), "ecr-login"},
	{regexp.MustCompile(`^([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io)$`), "gcloud"},
	{regexp.MustCompile(`^[a-z0-9-]+\.azurecr\.(io|cn|us)$`), "acr-env"},
}

// CloudHelper names the credential helper that is made for the registry of a cloud, without its
// "docker-credential-". It is empty for others.
func CloudHelper(host string) string {
	for _, cloud := range clouds {
		if cloud.hosts.MatchString(host) {
			return cloud.helper
		}
	}
	return ""
}
