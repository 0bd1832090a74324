// Sends the form that was interrupted: nobody has to press a button for it.
document.querySelector('form[data-resumes]')?.requestSubmit()
