package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// inPod is where the program is in the file system of a pod.
const inPod = "/usr/local/bin/manifest-tool"

// A podProcess is a pod as a process: it has a file system of its own with the program and the volumes, the user of
// the pod, and the environment of the container.
type podProcess struct {
	pod            kubePod
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer // complete when it has ended
	began          time.Time
	took           time.Duration
	peak           atomic.Int64  // bytes of memory
	code           int           // as a shell says it: 128 and the signal for a process that was killed
	exited, told   chan struct{} // closed when the process has ended, and when the API knows
}

// prepare makes the file system of a pod and its command.
func (n *kubeNode) prepare(ctx context.Context, pod kubePod) (*podProcess, error) {
	container := pod.Spec.Containers[0]
	if len(container.Command) != 1 || container.Command[0] != filepath.Base(inPod) {
		return nil, fmt.Errorf("pod %s: the node has no program %q", pod.Metadata.Name, container.Command)
	}
	root := n.t.TempDir()
	if err := errors.Join(os.Chmod(root, 0o755), copyProgram(n.program, root+inPod), n.mount(ctx, pod, root)); err != nil {
		return nil, err
	}
	p := &podProcess{pod: pod, exited: make(chan struct{}), told: make(chan struct{})}
	user := pod.Spec.SecurityContext
	p.cmd = &exec.Cmd{
		Path: inPod, Args: append([]string{inPod}, container.Args...), Env: environment(pod), Dir: "/",
		Stdout: &p.stdout, Stderr: &p.stderr,
		SysProcAttr: &syscall.SysProcAttr{
			Chroot:     root,
			Credential: &syscall.Credential{Uid: uint32(user.RunAsUser), Gid: uint32(user.RunAsGroup)},
			Pdeathsig:  syscall.SIGKILL,
		},
	}
	return p, nil
}

func copyProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// environment is what the container asks for, with the fields of the pod.
func environment(pod kubePod) (env []string) {
	for _, v := range pod.Spec.Containers[0].Env {
		if v.ValueFrom != nil {
			kind, key, _ := strings.Cut(strings.TrimSuffix(v.ValueFrom.FieldRef.FieldPath, "']"), "['")
			v.Value = map[string]map[string]string{
				"metadata.annotations": pod.Metadata.Annotations, "metadata.labels": pod.Metadata.Labels,
			}[kind][key]
		}
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

func (p *podProcess) start() error {
	p.began = time.Now()
	return p.cmd.Start()
}

func (p *podProcess) wait() {
	p.cmd.Wait()
	p.took = time.Since(p.began)
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	p.code = status.ExitStatus()
	if status.Signaled() {
		p.code = 128 + int(status.Signal())
	}
	close(p.exited)
}

func (p *podProcess) signal(s os.Signal) {
	if p.cmd.Process != nil {
		p.cmd.Process.Signal(s)
	}
}

func (p *podProcess) ended() bool    { return isClosed(p.exited) }
func (p *podProcess) reported() bool { return isClosed(p.told) }

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// index is the shard of a pod, counted from 0.
func (p *podProcess) index() string {
	return p.pod.Metadata.Annotations["batch.kubernetes.io/job-completion-index"]
}

// sample takes note of the most memory that the process has had. What the kernel counts for a process that has ended
// begins with the memory of its parent.
func (p *podProcess) sample() {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return // it has ended
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(line, &kib); err == nil {
		p.peak.Store(max(p.peak.Load(), kib<<10))
	}
}

func (p *podProcess) cpu() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
