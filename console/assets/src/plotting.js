// The plotting library, which is fetched only by pages that draw a plot.
export const plotting = async () => (await import("uplot")).default;

// Figures and words of a plot are drawn in the page's own face.
export const inOurFace = {
  opts: (_, options) => {
    for (const axis of options.axes) {
      axis.font = "12px arial, sans-serif";
      axis.labelFont = "bold 12px arial, sans-serif";
    }
  },
};
