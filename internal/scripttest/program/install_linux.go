package program

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/scripttest/worker"
)

// workers is the number of command lines that run in workers at the same time. Others run in processes of their own.
const workers = 6

// gcPercent is how much the heap of a worker may grow before it is collected.
const gcPercent = 400

// Install puts manifest-tool into a folder, and starts the workers in which most of its command lines run. They end with
// this process, or with stop.
func Install(dir string) (stop func(), err error) {
	program := filepath.Join(dir, "direct", "manifest-tool")
	if err := errors.Join(build("manifest-tool", program), build("client", filepath.Join(dir, "manifest-tool"))); err != nil {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "workers")})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	socket, err := listener.File()
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	end, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer end.Close()
	for range workers {
		cmd := &exec.Cmd{Path: program, Args: []string{WorkerName}, Stdin: end, Stderr: os.Stderr, ExtraFiles: []*os.File{socket}}
		if err := cmd.Start(); err != nil {
			return nil, errors.Join(err, alive.Close())
		}
		go cmd.Wait()
	}
	return func() { alive.Close() }, nil
}

// Work carries out the command lines of clients until stdin ends. The listener is the first file after stderr.
func Work() {
	prepare()
	debug.SetGCPercent(gcPercent)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		panic(err)
	}
	err = worker.Serve(listener.(*net.UnixListener), func(c worker.Command) int {
		return run(c.Args, cli.Env{
			Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
			Environ: append(c.Environ, "GOGC="+strconv.Itoa(gcPercent)), // else the program sets its own
		})
	})
	if err != nil {
		panic(err)
	}
}
