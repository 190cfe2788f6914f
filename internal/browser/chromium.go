//go:build servers

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// programs are the names that Chromium goes by; internal/servers/install looks
// for the same. MCR_CHROMIUM names another.
var programs = []string{"chromium", "chromium-browser", "google-chrome"}

// Browser is a running Chromium.
type Browser struct {
	ctx    context.Context //nolint:containedctx // chromedp keeps the browser in it
	cancel []context.CancelFunc
	dir    string
}

// Start starts Chromium with an empty profile. It ends with Close, or with ctx.
func Start(ctx context.Context) (*Browser, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mcr-chromium-")
	if err != nil {
		return nil, fmt.Errorf("starting Chromium: %w", err)
	}
	b := &Browser{dir: dir}
	allocator, cancel := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(dir), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true), chromedp.Flag("disable-features", "Translate,MediaRouter,OptimizationHints"),
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "en-GB"),
	)
	b.ctx, b.cancel = allocator, append(b.cancel, cancel)
	var stop context.CancelFunc
	b.ctx, stop = chromedp.NewContext(allocator)
	b.cancel = append(b.cancel, stop)
	if err := chromedp.Do(b.ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting Chromium: %w", err), b.Close())
	}
	return b, nil
}

// Version is which Chromium it is, such as "HeadlessChrome/156.0.8078.108".
func (b *Browser) Version() string {
	v, err := chromedp.CallBrowser(b.ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return "a Chromium that does not say which"
	}
	return v.Product
}

// Close ends Chromium and takes its profile away.
func (b *Browser) Close() error {
	err := chromedp.Cancel(b.ctx)
	for i := len(b.cancel) - 1; i >= 0; i-- {
		b.cancel[i]()
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

func find() (string, error) {
	if path := os.Getenv("MCR_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("finding Chromium: there is none: run internal/servers/install, or name one with MCR_CHROMIUM")
}
