package repositorytest

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) (repo, other registry.Repository) { return new(Memory), new(Memory) })
}
